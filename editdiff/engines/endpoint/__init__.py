"""An endpoint that people already run as engine: llama.cpp's server, Ollama, whatever speaks OpenAI's protocol.

    address.py    which one, of what kind, with which key
    sending.py    one request, which editdiff.sending sends, and what is told where no reply comes
    refusals.py   what a server that refuses is told as
    asking.py     what is asked in words; what stands around a part, within a budget
    llama_cpp.py, ollama.py, openai.py    the request of each kind that fills a gap, and its answer
    chat.py       the request in words, which all of them take
    fences.py     the text of an answer in words
    gaps.py       the text of an answer as it stands in the document
    engine.py     the engine

Text in, text out: nothing of it is likely or unlikely, and nothing of the document that is not shown is sent.
"""
