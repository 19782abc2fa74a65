"""What is raised where the database does not do what was asked."""

from ovbot.errors import FaultError


class StoreError(FaultError):
    """The database did not do what was asked: it is away, too slow, full, or refused it."""

    code = "database"


def failed(error: Exception) -> StoreError:
    """What a driver's error, or SQLAlchemy's, is for everybody else."""
    cause = getattr(error, "orig", None) or error
    return StoreError(
        f"The database did not do what was asked ({type(cause).__name__}).",
        "The log has the details; try again when the database is well.",
    )
