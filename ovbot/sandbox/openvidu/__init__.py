"""An OpenVidu 2.x server that runs nowhere but here: strict, observable, and quick to break."""

from ovbot.sandbox.openvidu.config import SimulatorConfig
from ovbot.sandbox.openvidu.server import serve
from ovbot.sandbox.openvidu.simulator import Joined, Simulator
from ovbot.sandbox.openvidu.state.model import BadToken, Unfit

__all__ = ["BadToken", "Joined", "Simulator", "SimulatorConfig", "Unfit", "serve"]
