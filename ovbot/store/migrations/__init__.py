"""The database's history, run by ``ovbot.store.schema``."""
