"""The Web API under ``/api/METHOD``: one module per family of methods."""
