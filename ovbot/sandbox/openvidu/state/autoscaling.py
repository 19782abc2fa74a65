"""Autoscaling: as many media nodes as the load wants, within limits.

Documentation: OpenVidu Pro, Scalability (Autoscaling); CDR, autoscaling.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ovbot.sandbox.openvidu.state.nodes import CANCELED, DRAINING, LAUNCHING, RUNNING, Node

if TYPE_CHECKING:
    from ovbot.sandbox.openvidu.state.world import World

INTERVAL = 15.0
"""Seconds between two looks at the load."""


@dataclass
class _Plan:
    """What will change: nodes brought back, launched, canceled, taken away."""

    undrained: list[Node]
    relaunched: list[Node]
    new: int
    canceled: list[Node]
    removed: list[Node]

    @property
    def empty(self) -> bool:
        return not (self.undrained or self.relaunched or self.new or self.canceled or self.removed)


class Autoscaling:
    """Looks at the load every few seconds of the simulator's clock, and when told to."""

    def __init__(self, world: World) -> None:
        self._world = world
        if world.config.edition == "pro":
            self._wait()

    def look(self) -> None:
        """Change the cluster if the load says so."""
        if not self._world.settings.autoscaling:
            return
        plan, why = self._decide()
        if plan.empty:
            return
        self._world.events.cluster("autoscaling", self._event(plan, why))
        nodes = self._world.nodes
        for node in plan.undrained:
            nodes.request(node, RUNNING)
        for node in plan.relaunched:
            nodes.request(node, LAUNCHING)
        for _ in range(plan.new):
            nodes.launch()
        for node in plan.canceled:
            nodes.request(node, CANCELED)
        for node in plan.removed:
            # A node with sessions drains first, an idle one goes down at once.
            nodes.request(node, DRAINING)

    def _wait(self) -> None:
        def again() -> None:
            self.look()
            self._wait()

        self._world.clock.call_later(INTERVAL, again)

    def _with(self, status: str) -> list[Node]:
        return [each for each in self._world.nodes.all.values() if each.status == status]

    def _decide(self) -> tuple[_Plan, str]:
        settings, nodes = self._world.settings, self._world.nodes
        running, launching = self._with(RUNNING), self._with(LAUNCHING)
        active = len(running) + len(launching)
        total = sum(nodes.load(each) for each in running + self._with(DRAINING))
        average = total / active if active else total
        wanted = active
        where = "is within its limits"
        if average > settings.max_load or average < settings.min_load:
            wanted = math.ceil(total / settings.max_load)
            where = f"is {'above' if average > settings.max_load else 'below'} its limits"
        wanted = max(settings.min_nodes, min(settings.max_nodes, wanted))
        limits = f"[{settings.min_load:.2f}%, {settings.max_load:.2f}%]"
        why = (
            f"The cluster average load ({average:.2f}%) {where} {limits}. Current number of "
            f"active nodes is {active} ({len(launching)} launching and {len(running)} running)."
        )
        more, fewer = max(wanted - active, 0), max(active - wanted, 0)
        undrained = self._with(DRAINING)[:more]
        relaunched = self._with(CANCELED)[: more - len(undrained)]
        canceled = launching[:fewer]
        idle_first = sorted(running, key=lambda each: len(nodes.sessions(each)))
        plan = _Plan(
            undrained=undrained,
            relaunched=relaunched,
            new=more - len(undrained) - len(relaunched),
            canceled=canceled,
            removed=idle_first[: fewer - len(canceled)],
        )
        return plan, why

    def _event(self, plan: _Plan, why: str) -> dict[str, Any]:
        settings = self._world.settings
        running, launching = self._with(RUNNING), self._with(LAUNCHING)
        draining = self._with(DRAINING)
        total = sum(self._world.nodes.load(each) for each in running + draining)
        active = len(running) + len(launching)
        return {
            "clusterId": settings.cluster_id,
            "reason": why,
            "mediaNodes": {
                "launch": {
                    "total": plan.new + len(plan.undrained) + len(plan.relaunched),
                    "newNodes": plan.new,
                    "waitingIdleToTerminateNodes": self._described(plan.undrained),
                    "canceledNodes": self._described(plan.relaunched),
                },
                "terminate": {
                    "total": len(plan.canceled) + len(plan.removed),
                    "runningNodes": self._described(plan.removed),
                    "launchingNodes": self._described(plan.canceled),
                },
            },
            "system": {
                "config": {
                    "maxNodes": settings.max_nodes,
                    "minNodes": settings.min_nodes,
                    "maxAvgLoad": settings.max_load,
                    "minAvgLoad": settings.min_load,
                },
                "status": {
                    "numNodes": active,
                    "totalLoad": round(total, 2),
                    "avgLoad": total / active if active else total,
                    "runningNodes": self._described(running),
                    "launchingNodes": self._described(launching),
                    "waitingIdleToTerminateNodes": self._described(draining),
                    "canceledNodes": self._described(self._with(CANCELED)),
                },
            },
            "timestamp": self._world.clock.millis(),
        }

    def _described(self, nodes: list[Node]) -> list[dict[str, Any]]:
        return [
            {
                "id": each.id,
                "environmentId": each.environment_id,
                "ip": each.ip,
                "load": self._world.nodes.load(each),
                "status": each.status,
            }
            for each in nodes
        ]
