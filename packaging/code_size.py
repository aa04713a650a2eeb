"""Count what a model and its training step take to write: ``python packaging/code_size.py``.

Of each script under ``tests/benchmarks/hand``, which all build and train the same ResNet-18, it prints the facts that
the catalogue keeps:

- statements, however many lines they are broken into;
- names of the framework: everything taken from it, or called on what came from it, each once;
- namespaces: the modules and classes that these names are looked up in.

Not counted are docstrings, imports, and what stands under ``if __name__ == "__main__"``: threads, random data, clock.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "tests" / "benchmarks" / "hand"
FRAMEWORKS = ("pytorch", "tensorflow", "keras", "mxnet", "jax", "paddle")
_PYTHON = frozenset(dir(list))  # methods that a value has without the framework


def count(source: str) -> dict[str, int]:
    """Return the catalogue's facts on a script, by id."""
    body = [node for node in ast.parse(source).body if not _is_main(node)]
    modules = dict(_imported(body))
    nodes = [inner for outer in body for inner in ast.walk(outer)]
    own = set(_defined(nodes))
    names: set[str] = set()
    for node in nodes:
        if not isinstance(node, ast.Attribute) or node.attr in own | _PYTHON:
            continue
        path = _path(node.value, modules)
        if path is None:  # called on a value, which the framework made
            names.add(f".{node.attr}")
        else:
            names.add(f"{path}.{node.attr}")
    # In torch.optim.SGD, torch.optim is no name of its own.
    names -= {name for name in names if any(other.startswith(f"{name}.") for other in names)}
    return {
        "code_statements": sum(_is_statement(node) for node in nodes),
        "code_names": len(names),
        "code_namespaces": len({name.rpartition(".")[0] for name in names} - {""}),
    }


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"


def _is_statement(node: ast.AST) -> bool:
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return isinstance(node, ast.stmt) and not docstring and not isinstance(node, ast.Import | ast.ImportFrom)


def _imported(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    """What a name of the script stands for: ("nn", "torch.nn")."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from ((each.asname or each.name, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((each.asname or each.name, f"{node.module}.{each.name}") for each in node.names)


def _defined(nodes: list[ast.AST]) -> Iterator[str]:
    """Attributes that the script gives to its own objects, and the methods of its classes."""
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.ClassDef):
            yield from (each.name for each in node.body if isinstance(each, ast.FunctionDef))


def _path(node: ast.expr, modules: dict[str, str]) -> str | None:
    """The dotted name that an expression is, from its import on; None for a value."""
    if isinstance(node, ast.Name):
        return modules.get(node.id)
    if isinstance(node, ast.Attribute):
        path = _path(node.value, modules)
        return path and f"{path}.{node.attr}"
    return None


def main() -> None:
    """Print the facts as the catalogue's files have them."""
    for framework in FRAMEWORKS:
        print(f"# {framework}.toml")
        script = SCRIPTS / f"{framework}_by_hand.py"
        for identifier, value in count(script.read_text("utf-8")).items():
            print(f"{identifier} = {value}")


if __name__ == "__main__":
    main()
