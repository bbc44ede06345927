"""Names of the files in a model folder of this family."""

CONFIG, TOKENIZER, WEIGHTS, GRAPH = (
    "config.json",
    "tokenizer.json",
    "model.safetensors",
    "model.onnx",
)
ALL = (CONFIG, TOKENIZER, WEIGHTS, GRAPH)
