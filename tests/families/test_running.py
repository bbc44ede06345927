"""What runs a network, and on how many cores: whoever names it gets it, or is told why not."""

import gc
import os
import subprocess
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_gguf import write_model

import editdiff
from editdiff.cli.app import main
from editdiff.engines.base import Draft, FillOptions, FillTask
from editdiff.engines.choose import choose, choose_twin, denoiser, is_loaded, new_engine
from editdiff.engines.doubters import choose_doubter
from editdiff.errors import UsageError
from editdiff.families.canvas.onnx_denoiser import OnnxDenoiser
from editdiff.families.canvas.torch_denoiser import TorchDenoiser
from editdiff.families.load import load
from editdiff.families.qwen.torch_trunk import TorchTrunk
from editdiff.families.qwen.trunk import Trunk
from editdiff.families.running import Running
from editdiff.prompt.base import ContextParts
from editdiff.text.span import Span

ROOT = Path(editdiff.__file__).parents[1]
TEXT = "def area(width, height):\n    return width * height\n"


@pytest.fixture
def coder(tmp_path, monkeypatch) -> Path:
    """A model folder of the trunk's family, fetched."""
    monkeypatch.setenv("EDITDIFF_MODELS", str(tmp_path / "models"))
    return write_model(tmp_path)


@pytest.fixture
def torch_threads():
    """Torch's threads, as they were before."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("engine", ["", "cuda", "AUTO", "onnxruntime"])
def test_an_engine_that_there_is_not_is_refused(engine):
    with pytest.raises(UsageError, match="engine has to be one of auto, openvino, torch"):
        Running(engine)


@pytest.mark.parametrize("threads", [-1, 1025])
def test_a_senseless_number_of_threads_is_refused(threads):
    with pytest.raises(UsageError, match="threads has to be from 0 to 1024"):
        Running(threads=threads)


def test_what_is_not_said_is_as_it_comes():
    assert Running.of(None, None) == Running()
    assert Running.of("torch", 3) == Running("torch", 3)
    assert Running.of(None, 0) == Running()


@pytest.mark.parametrize(
    ("engine", "kind"), [("auto", Trunk), ("openvino", Trunk), ("torch", TorchTrunk)]
)
def test_the_trunk_runs_on_what_is_named(engine, kind, coder):
    assert type(load(coder, Running(engine)).trunk) is kind


@pytest.mark.weights
@pytest.mark.parametrize(("engine", "kind"), [("auto", OnnxDenoiser), ("torch", TorchDenoiser)])
def test_nano_runs_on_onnxruntime_or_torch(engine, kind, nano):
    assert type(load(nano, Running(engine))) is kind


@pytest.mark.weights
def test_nano_does_not_run_on_openvino_and_says_what_to_do(nano):
    with pytest.raises(UsageError, match="nano does not run on openvino") as caught:
        load(nano, Running("openvino"))
    assert "--engine torch" in caught.value.hint


def test_the_trunk_takes_as_many_threads_as_are_wanted_of_openvino(coder):
    for threads in (1, 2):
        trunk = load(coder, Running("openvino", threads)).trunk
        compiled = trunk._body.request.get_compiled_model()
        assert compiled.get_property("INFERENCE_NUM_THREADS") == threads


@pytest.mark.weights
def test_nano_takes_as_many_threads_as_are_wanted(nano):
    session = load(nano, Running(threads=2))._session
    assert session.get_session_options().intra_op_num_threads == 2


def test_torch_takes_as_many_threads_as_are_wanted(coder, torch_threads):
    for threads in (2, 1):
        load(coder, Running("torch", threads))
        assert torch.get_num_threads() == threads


def test_both_engines_say_the_same_of_the_trunk(coder):
    prompt = None
    guesses = []
    for engine in ("openvino", "torch"):
        model = load(coder, Running(engine))
        prompt = prompt or model.prompt.encode(ContextParts.around(TEXT, [Span(36, 50)]), 128)
        guesses.append(model.extend(model.encode(prompt), np.array(prompt.heads))[1])
    assert np.array_equal(guesses[0].ids[..., :3], guesses[1].ids[..., :3])
    assert np.allclose(guesses[0].logp, guesses[1].logp, atol=1e-4)


def test_a_network_is_loaded_once_for_each_way_to_run_it(coder):
    one = denoiser(str(coder), Running("openvino", 1))
    assert denoiser(str(coder), Running("openvino", 1)) is one
    assert denoiser(str(coder), Running("torch")) is not one
    assert denoiser(str(coder)) is denoiser(str(coder), Running())


def test_a_network_is_in_memory_once_however_many_engines_there_are(coder):
    def engines():
        with ThreadPoolExecutor(4) as threads:
            return [*threads.map(lambda _: new_engine(str(coder), Running(threads=1)), range(4))]

    made = engines()
    assert len({id(engine) for engine in made}) == 4
    assert len({id(engine.denoiser) for engine in made}) == 1
    assert is_loaded(str(coder), Running(threads=1))
    assert not is_loaded(str(coder), Running(threads=2))
    network = weakref.ref(made[0].denoiser)
    del made
    gc.collect()
    assert network() is None
    assert not is_loaded(str(coder), Running(threads=1))


def test_engines_in_threads_of_their_own_do_not_disturb_each_other(coder):
    texts = [f"def f{n}(a):\n    return \n\n\nprint(f{n}({n}))\n" for n in range(6)]
    tasks = [FillTask(text, (Span(text.index("\n\n"), text.index("\n\n")),)) for text in texts]
    options = FillOptions(drafts=3, max_tokens=12)

    def filled(engine):
        return [
            [
                (draft.texts, draft.score)
                for draft in engine.fill(task, options)
                if isinstance(draft, Draft)
            ]
            for task in tasks
        ]

    alone = filled(new_engine(str(coder)))
    with ThreadPoolExecutor(3) as threads:
        together = [*threads.map(filled, [new_engine(str(coder)) for _ in range(3)])]
    assert together == [alone] * 3
    assert any(alone)


@pytest.mark.parametrize("make", [choose, choose_twin, choose_doubter])
def test_every_engine_over_a_network_is_run_as_it_is_told(make, coder, monkeypatch):
    told = []
    for module in ("choose", "doubters"):
        monkeypatch.setattr(
            f"editdiff.engines.{module}.denoiser",
            lambda named, running: told.append(running) or denoiser(named, running),
        )
    make(str(coder), Running("torch"))
    assert told == [Running("torch")]


def test_without_torch_it_is_told_how_to_get_it(coder):
    program = f"""
import sys
sys.modules["torch"] = None
from pathlib import Path
from editdiff.errors import MissingDependencyError
from editdiff.families.load import load
from editdiff.families.running import Running
try:
    load(Path({str(coder)!r}), Running("torch"))
except MissingDependencyError as error:
    print(error.message, error.hint, sep="\\n")
"""
    message, hint = run(program).split("\n")[:2]
    assert message.startswith("the engine torch needs torch")
    assert hint == "pip install 'editdiff[torch]'"


def test_without_openvino_it_is_told_how_to_get_it(coder):
    program = f"""
import sys
sys.modules["openvino"] = None
from pathlib import Path
from editdiff.errors import MissingDependencyError
from editdiff.families.load import load
try:
    load(Path({str(coder)!r}))
except MissingDependencyError as error:
    print(error.message, error.hint, sep="\\n")
"""
    message, hint = run(program).split("\n")[:2]
    assert message.startswith("the model runs on OpenVINO")
    assert "pip install" in hint


def test_torch_is_not_imported_where_it_is_not_wanted(coder):
    program = f"""
import sys
from pathlib import Path
from editdiff.families.load import load
load(Path({str(coder)!r}))
print("torch" in sys.modules)
"""
    assert run(program) == "False\n"


def run(program: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


COMMANDS = {
    "infill": ["infill", "a.py", "--lines", "2"],
    "fix": ["fix", "a.py"],
    "review": ["review", "a.py"],
    "demo": ["demo", "--regions", "1"],
    "eval": ["eval", "lines", "--limit", "1"],
    "bench": ["bench", "--quality-items", "0"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_with_a_model_hears_which_engine_and_threads(
    command, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    Path("a.py").write_text("a = 1\nb = 2\n")
    for flags, told in (
        (["--engine", "steam"], "engine has to be one of auto, openvino, torch, but is 'steam'"),
        (["--threads", "5000"], "threads has to be from 0 to 1024, but is 5000"),
    ):
        assert main([*COMMANDS[command], *flags]) == 2
        assert told in capsys.readouterr().err


@pytest.mark.weights
def test_the_built_in_model_fills_on_torch_as_on_onnxruntime(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    Path("a.py").write_text(TEXT)
    shown = []
    for flags in ([], ["--engine", "torch"]):
        main(["infill", "a.py", "--lines", "2", "--diff", "--drafts", "1", "--quiet", *flags])
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1]
