"""One root, three branches: the user's mistake, the other side's failure, our own fault.

    OvbotError
    ├── UserError            what was asked cannot be done so; nothing has been changed
    │   ├── GrammarError     it was not understood
    │   ├── Ambiguous        several could be meant: which?
    │   │   └── Stuck        something at OpenVidu is in the way
    │   ├── AlreadySo        it is the case already
    │   └── Denied           the person may not
    ├── OtherSideError       OpenVidu or Slack refused, failed or could not be reached
    │   ├── OpenViduError    one class for each thing that a call can mean (openvidu/errors.py)
    │   └── ChatFailure      a message was not delivered
    └── FaultError           ovbot itself is at fault, or is set up wrongly
        └── StoreError       the database did not do what was asked

Every error that can reach a person carries a stable ``code`` (for the audit and for tests), a
sentence (what happened, and what holds now) and a next step. Tracebacks go to the log only.
"""


class OvbotError(Exception):
    """Root of everything ovbot raises on purpose."""

    code = "error"

    def __init__(
        self,
        sentence: str,
        next_step: str = "",
        *,
        code: str | None = None,
        helps: tuple[str, ...] = (),
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.next_step = next_step
        self.helps = helps
        """The commands that the next step names: who reads it can press them."""
        if code is not None:
            self.code = code


class UserError(OvbotError):
    """What was asked cannot be done as it was asked; nothing has been changed."""

    code = "user"


class OtherSideError(OvbotError):
    """OpenVidu or Slack refused, failed or could not be reached."""

    code = "other_side"


class FaultError(OvbotError):
    """ovbot itself is at fault, or is set up wrongly."""

    code = "fault"
