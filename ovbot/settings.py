"""Every setting, its default and its meaning. Read from the environment, or from a .env file."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ovbot.domain.hosts import hosts
from ovbot.domain.ready_texts import MESSAGES, REASONS, texts
from ovbot.errors import FaultError
from ovbot.grammar.values import Duration
from ovbot.openvidu.addresses import address
from ovbot.openvidu.broadcast_targets import targets
from ovbot.openvidu.certificates import digest_of, trusts
from ovbot.openvidu.identity import PATTERN as IDENTITY
from ovbot.openvidu.protected import protected

DEFAULT_DATABASE = "sqlite:///ovbot.sqlite3"


class Settings(BaseSettings):
    """What ``ovbot serve`` needs to know. Secrets never show in a repr or a log."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True
    )

    slack_bot_token: SecretStr = Field(
        validation_alias="SLACK_BOT_TOKEN", description="Bot token of the installed app (xoxb-…)."
    )
    slack_app_token: SecretStr | None = Field(
        None,
        validation_alias="SLACK_APP_TOKEN",
        description="App-level token (xapp-…). Given: Socket Mode, no public address needed.",
    )
    slack_signing_secret: SecretStr | None = Field(
        None,
        validation_alias="SLACK_SIGNING_SECRET",
        description="Signing secret of the app. Needed in HTTP mode, when SLACK_APP_TOKEN is not "
        "given.",
    )
    slack_api_url: str = Field(
        "https://slack.com/api/",
        validation_alias="SLACK_API_URL",
        description="Where Slack's Web API is; another one only for tests and the sandbox.",
    )
    openvidu_url: str = Field(
        validation_alias="OVBOT_OPENVIDU_URL",
        description="The OpenVidu server, such as https://video.example.com:4443.",
    )
    openvidu_secret: SecretStr = Field(
        validation_alias="OVBOT_OPENVIDU_SECRET", description="Its OPENVIDU_SECRET."
    )
    openvidu_ca_file: Path | None = Field(
        None,
        validation_alias="OVBOT_OPENVIDU_CA_FILE",
        description="PEM file to trust instead of the system's authorities: an authority's "
        "certificate, or the server's own, which is then believed whatever name it holds.",
    )
    openvidu_cert_sha256: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        validation_alias="OVBOT_OPENVIDU_CERT_SHA256",
        description="SHA-256 of the server's own certificate, to believe it whatever name it "
        "holds and whoever signed it, and no other; several are separated by commas.",
    )
    openvidu_dialect: str | None = Field(
        None,
        validation_alias="OVBOT_OPENVIDU_DIALECT",
        pattern=r"^(api|mixed|openvidu)$",
        description="Where the server keeps its API, if asking it does not tell: api (/api, "
        "/config, /pro; up to 2.15), mixed (/openvidu/api, /pro) or openvidu (/openvidu/api "
        "throughout; 2.16 and later).",
    )
    openvidu_version: str | None = Field(
        None,
        validation_alias="OVBOT_OPENVIDU_VERSION",
        pattern=r"^\d{1,4}\.\d{1,4}(\.\d{1,4})?$",
        description="Its version, such as 2.30.0, where its configuration cannot be read (OpenVidu "
        "3's compatibility with 2).",
    )
    openvidu_edition: Literal["ce", "pro"] | None = Field(
        None,
        validation_alias="OVBOT_OPENVIDU_EDITION",
        description="Its edition, ce or pro, where the server itself does not tell.",
    )
    openvidu_name: str = Field(
        "default",
        validation_alias="OVBOT_OPENVIDU_NAME",
        pattern=r"^[a-z0-9-]{1,40}$",
        description="The server's name in ovbot's own rows. It stays when the address changes.",
    )
    database_url: SecretStr = Field(
        SecretStr(DEFAULT_DATABASE),
        validation_alias="OVBOT_DATABASE_URL",
        description="sqlite:///FILE (one process), or postgresql://… (several processes).",
    )
    webhook_secret: SecretStr | None = Field(
        None,
        validation_alias="OVBOT_WEBHOOK_SECRET",
        description="What OpenVidu sends as Authorization: Bearer … with its webhooks. Without it "
        "webhooks are refused, and ovbot only asks OpenVidu on a timer.",
    )
    public_url: str | None = Field(
        None,
        validation_alias="OVBOT_PUBLIC_URL",
        description="Where people and OpenVidu reach this ovbot, such as "
        "https://ovbot.example.com.",
    )
    admins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        validation_alias="OVBOT_ADMINS",
        description="Slack user ids that may do everything, separated by commas.",
    )
    protected: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        validation_alias="OVBOT_PROTECTED",
        description="Who is kicked or unpublished only where a second person approves, separated "
        "by commas: names or globs of names (Dr. *), or what your application's server puts into a "
        "token (serverData.role=doctor; serverData=user-17), or the client's data likewise.",
    )
    disable: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        validation_alias="OVBOT_DISABLE",
        description="Commands that nobody may use, separated by commas, with dots for spaces: "
        "restart, node.*, record.start; or everything, for a bot that only answers questions. "
        "Admins switch others off and on in Slack: /openvidu disable.",
    )
    camera_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        validation_alias="OVBOT_CAMERA_HOSTS",
        description="Hosts that OpenVidu may be sent to for an IP camera, separated by commas: "
        "names, *.DOMAIN, IP addresses, networks such as 10.1.0.0/16, or * for any on the "
        "internet: what is private has to be listed itself. None until they are named.",
    )
    node_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        validation_alias="OVBOT_NODE_HOSTS",
        description="Hosts that a media node may be added from by its address (OpenVidu Pro on "
        "premises), written likewise. None until they are named.",
    )
    broadcast_targets: Annotated[dict[str, SecretStr], NoDecode] = Field(
        {},
        validation_alias="OVBOT_BROADCAST_TARGETS",
        description="Where sessions may be broadcast to (OpenVidu Pro 2.26+): NAME=ADDRESS, such "
        "as youtube=rtmp://HOST/APP/KEY, several separated by commas. People name the target; the "
        "address, which holds a stream key, is shown to nobody.",
    )
    identity: str = Field(
        "",
        validation_alias="OVBOT_IDENTITY",
        pattern=IDENTITY,
        description="What in the data that your application's server puts into a token names one "
        "person, so that a ban holds under every name: serverData.FIELD (such as "
        "serverData.userId; dots lead deeper) where it is JSON, serverData for the whole of it, or "
        "none. Unset: the whole where it is one word that is not letters alone, such as user-17; "
        "everybody else is banned by name.",
    )
    reasons: Annotated[tuple[str, ...], NoDecode] = Field(
        REASONS,
        validation_alias="OVBOT_REASONS",
        description="Ready-made reasons in the forms that remove somebody or end their stream, "
        "separated by |: at most ten, of 75 characters each.",
    )
    messages: Annotated[tuple[str, ...], NoDecode] = Field(
        MESSAGES,
        validation_alias="OVBOT_MESSAGES",
        description="Ready-made texts in the form that sends one person a message, written "
        "likewise.",
    )
    delete_grace: Duration = Field(
        timedelta(minutes=15),
        validation_alias="OVBOT_DELETE_GRACE",
        le=timedelta(days=30),
        description="How long after “recording delete” a recording can still be kept: 15m, 2h, 1d. "
        "0 deletes at once.",
    )
    sweep_seconds: float = Field(
        60.0,
        validation_alias="OVBOT_SWEEP_SECONDS",
        ge=1,
        le=86400,
        description="How often OpenVidu is asked for what its webhooks did not bring, in seconds.",
    )
    host: str = Field(
        "127.0.0.1", validation_alias="OVBOT_HOST", description="Address to listen on."
    )
    port: int = Field(
        8080,
        validation_alias=AliasChoices("OVBOT_PORT", "PORT"),
        ge=0,
        le=65535,
        description="Port to listen on; PORT is read too.",
    )
    keep_alive_seconds: int = Field(
        75,
        validation_alias="OVBOT_KEEP_ALIVE_SECONDS",
        ge=5,
        le=3600,
        description="How long an idle connection is kept, in seconds: longer than the load "
        "balancer or proxy before ovbot keeps it (often 60).",
    )
    log_level: str = Field(
        "info",
        validation_alias="OVBOT_LOG_LEVEL",
        pattern=r"^(debug|info|warning|error)$",
        description="debug, info, warning or error.",
    )

    @field_validator("openvidu_cert_sha256")
    @classmethod
    def _digests(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(digest_of, value))

    @field_validator(
        *("admins", "disable", "camera_hosts", "node_hosts", "openvidu_cert_sha256"), mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part for part in value.replace(",", " ").split() if part)
        return value

    @field_validator("protected", mode="before")
    @classmethod
    def _by_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("protected")
    @classmethod
    def _rules(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        protected(value)
        return value

    @field_validator("broadcast_targets", mode="before")
    @classmethod
    def _targets(cls, value: object) -> object:
        if isinstance(value, str):
            return {name: SecretStr(each.reveal()) for name, each in targets(value).items()}
        return value

    @field_validator("reasons", "messages", mode="before")
    @classmethod
    def _texts(cls, value: object) -> object:
        return texts(value) if isinstance(value, str) else value

    @field_validator("delete_grace", mode="before")
    @classmethod
    def _nothing(cls, value: object) -> object:
        return "0s" if value == "0" else value

    @field_validator("admins")
    @classmethod
    def _user_ids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [user for user in value if not (user.isalnum() and user[:1] in "UW")]
        if wrong:
            raise ValueError(
                f"{', '.join(wrong)}: not Slack user ids. They look like U012AB3CD; a person's "
                "profile has “Copy member ID”"
            )
        return value

    @field_validator("camera_hosts", "node_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        hosts(value)
        return value

    @field_validator("slack_api_url")
    @classmethod
    def _api_url(cls, value: str) -> str:
        return _http_url(value).rstrip("/") + "/"

    @field_validator("openvidu_url")
    @classmethod
    def _server_url(cls, value: str) -> str:
        address(value)
        return value.strip().rstrip("/")

    @field_validator("public_url")
    @classmethod
    def _base_url(cls, value: str | None) -> str | None:
        return value if value is None else _http_url(value).rstrip("/")

    @field_validator("webhook_secret")
    @classmethod
    def _can_be_sent(cls, value: SecretStr | None) -> SecretStr | None:
        secret = "" if value is None else value.get_secret_value()
        if not all("!" <= character <= "~" for character in secret):
            raise ValueError(
                "OpenVidu cannot send it in a header: it may have only letters, digits and signs "
                "of ASCII, and no spaces or line breaks"
            )
        return value

    @field_validator("openvidu_ca_file")
    @classmethod
    def _readable(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"there is no file {value}")
        if value is not None:
            trusts(value)  # what holds no certificate is refused now, and in words
        return value

    @field_validator("slack_bot_token")
    @classmethod
    def _bot_token(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith("xoxb-"):
            raise ValueError("it must begin with xoxb-")
        return value

    @field_validator("slack_app_token")
    @classmethod
    def _app_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith("xapp-"):
            raise ValueError("it must begin with xapp-")
        return value

    @property
    def socket_mode(self) -> bool:
        """Whether payloads come over a socket that we open."""
        return self.slack_app_token is not None


def read(**given: Any) -> Settings:
    """Read the settings; raises one FaultError that tells everything wrong at once, in words."""
    problems = []
    settings = None
    try:
        settings = Settings(**given)
    except ValidationError as error:
        problems += [_problem(dict(problem)) for problem in error.errors()]
    if not _Mode(**given).is_chosen:
        problems.append(_NO_MODE)
    if settings is None or problems:
        raise _told(problems)
    return settings


_NO_MODE = (
    "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET is missing: give the app token for Socket Mode, or "
    "the signing secret for HTTP mode."
)


class _Mode(BaseSettings):
    """The two settings that choose the mode, read apart so that this is told with the rest."""

    model_config = Settings.model_config

    slack_app_token: str | None = Field(None, validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: str | None = Field(None, validation_alias="SLACK_SIGNING_SECRET")

    @property
    def is_chosen(self) -> bool:
        return bool(self.slack_app_token or self.slack_signing_secret)


def _told(problems: list[str]) -> FaultError:
    lines = "\n".join(f"  - {problem}" for problem in problems)
    return FaultError(
        f"ovbot cannot start: its settings are not right.\n{lines}",
        "Set them in the environment or in a .env file; docs/settings.md lists them all.",
        code="settings",
    )


def _problem(error: dict[str, Any]) -> str:
    name = str(error["loc"][0]) if error["loc"] else "settings"
    field = Settings.model_fields.get(name)
    alias = field.validation_alias if field is not None else None
    shown = str(alias.choices[0]) if isinstance(alias, AliasChoices) else str(alias or name)
    if error["type"] == "missing":
        meaning = next(
            (f.description for f in Settings.model_fields.values() if f.validation_alias == name),
            "",
        )
        return f"{shown} is missing. {meaning}"
    # Values are never repeated: a mistyped one may be a secret.
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{shown} is not right: {message[:1].lower()}{message[1:]}."


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it must be a URL that begins with http:// or https://")
    if parts.username or parts.password:
        raise ValueError("it must not hold a user name or a password")
    return value


def database_url() -> str:
    """The database's address alone, for commands that need nothing else."""

    class Database(BaseSettings):
        model_config = Settings.model_config
        url: str = Field(DEFAULT_DATABASE, validation_alias="OVBOT_DATABASE_URL")

    return Database().url
