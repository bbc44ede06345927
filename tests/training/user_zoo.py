"""A user's folder of code, small and made up."""

from pathlib import Path


def module(number: int) -> str:
    """A file of its own, a little over 2,000 characters."""
    functions = (
        f"def area_{number}_{k}(width, height):\n    total = width * height\n    return total + {k}\n\n\n"
        for k in range(25)
    )
    return f'"""Module {number}."""\n\n' + "".join(functions)


def write_folder(root: Path, files: dict[str, str | bytes], count: int = 12) -> Path:
    """Write `files`, given by path and text, and `count` modules into a folder; gives the folder."""
    modules = {f"src/m{i:02}.py": module(i) for i in range(count)}
    for name, text in {**modules, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root
