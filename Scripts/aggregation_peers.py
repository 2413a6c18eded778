"""ByzFL's rules and attacks, and Flower's rules, without what their packages import beside (torchvision, plots, servers)."""

import importlib
import importlib.util
import sys
import types


def _alone(name):
    """An empty package in the place of one that imports the world, with its folder, so that its modules can be imported."""
    specification = importlib.util.find_spec(name)
    if specification is None:
        sys.exit(f"{name} is missing: run Scripts/bootstrap --test")
    package = types.ModuleType(name)
    package.__path__ = list(specification.submodule_search_locations)
    sys.modules[name] = package


def flower():
    """Flower's `aggregate` module."""
    for name in ("flwr", "flwr.server", "flwr.server.strategy"):
        if name not in sys.modules:
            _alone(name)
    # What the module imports by name, for type hints and for functions that are not called here: the names alone, without the server behind them.
    for name, words in (
        ("flwr.common", ("FitRes", "NDArray", "NDArrays", "parameters_to_ndarrays")),
        ("flwr.server.client_proxy", ("ClientProxy",)),
    ):
        hints = types.ModuleType(name)
        for word in words:
            setattr(hints, word, list)
        sys.modules[name] = hints
    return importlib.import_module("flwr.server.strategy.aggregate")


_alone("byzfl")
from byzfl.aggregators import aggregators, preaggregators  # noqa: E402, F401
from byzfl.attacks import attacks  # noqa: E402, F401
