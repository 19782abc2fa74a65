"""All tests speak to this machine alone, whatever proxy the environment names."""

from ovbot.proxies import spare_this_machine

spare_this_machine()
