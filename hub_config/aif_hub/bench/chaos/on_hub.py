"""What happens to the hub and its proxy."""

from __future__ import annotations

from collections.abc import Callable

from aif_hub.bench.chaos.plan import Event
from aif_hub.bench.chaos.scene import Scene
from aif_hub.demo import daemons

#: The hub's clock goes wrong by as many minutes at most.
MOST_MINUTES = 15


def _killed(scene: Scene, event: Event) -> str:
    before = scene.up()
    with scene.auditor.without_hub(event.kind):
        daemons.kill(scene.stage.hub)
        scene.stage.pause(event.seconds)
        took = scene.recover(before)
    return f"dead for {event.seconds:g} s, itself after {took:.1f} s with {len(before)} ready"


def _restarted(scene: Scene, event: Event) -> str:
    before = scene.up()
    with scene.auditor.without_hub(event.kind):
        daemons.stop(scene.stage.hub)
        took = scene.recover(before)
    return f"itself after {took:.1f} s with {len(before)} ready"


def _proxy_killed(scene: Scene, event: Event) -> str:
    daemons.kill(scene.stage.proxy)
    scene.stage.pause(event.seconds)
    scene.stage.start_proxy()
    return f"away for {event.seconds:g} s"


def _proxy_restarted(scene: Scene, _event: Event) -> str:
    daemons.stop(scene.stage.proxy)
    scene.stage.start_proxy()
    return ""


def _clock(scene: Scene, event: Event) -> str:
    minutes = round((2 * event.choice - 1) * MOST_MINUTES) or 1
    scene.stage.clock(minutes)
    try:
        scene.stage.pause(event.seconds)
    finally:
        scene.stage.clock(0)
    return f"{minutes:+d} min for {event.seconds:g} s"


_KINDS: dict[str, Callable[[Scene, Event], str]] = {
    "hub-killed": _killed,
    "hub-restarted": _restarted,
    "proxy-killed": _proxy_killed,
    "proxy-restarted": _proxy_restarted,
    "clock-step": _clock,
}
KINDS = frozenset(_KINDS)


def inject(scene: Scene, event: Event) -> str:
    """Returns when it is over; what it met, for the log."""
    with scene.stage.hub_turn:
        return _KINDS[event.kind](scene, event)
