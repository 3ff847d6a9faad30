"""Constants of the SIP Intercom integration."""

import logging
from typing import Final

DOMAIN: Final = "sip_intercom"
LOGGER: Final = logging.getLogger(__package__)

SUBENTRY_ACCOUNT: Final = "account"
SUBENTRY_DEVICE: Final = "device"
SUBENTRY_NUMBER: Final = "number"

# Config entry options.
CONF_BIND_ADDRESS: Final = "bind_address"
CONF_TLS_PORT: Final = "tls_port"
CONF_TLS_CERTIFICATE: Final = "tls_certificate"
CONF_TLS_KEY: Final = "tls_key"
CONF_RTP_FIRST: Final = "rtp_first"
CONF_RTP_LAST: Final = "rtp_last"
CONF_UNKNOWN_CALLERS: Final = "unknown_callers"
CONF_SIP_TRACE: Final = "sip_trace"
CONF_DIGEST: Final = "digest"
CONF_FIND_PHONES: Final = "find_phones"

# Subentry data.
CONF_ADVANCED: Final = "advanced"
CONF_SERVER: Final = "server"
CONF_TRANSPORT: Final = "transport"
CONF_AUTH_USERNAME: Final = "auth_username"
CONF_OUTBOUND_PROXY: Final = "outbound_proxy"
CONF_DISPLAY_NAME: Final = "display_name"
CONF_EXPIRY: Final = "expiry"
CONF_TLS_VERIFY: Final = "tls_verify"
CONF_CA_FILE: Final = "ca_file"
CONF_MEDIA_ENCRYPTION: Final = "media_encryption"
CONF_ICE: Final = "ice"
CONF_TRUSTED_NETWORKS: Final = "trusted_networks"
CONF_KIND: Final = "kind"
CONF_ACCOUNT: Final = "account"
CONF_CALLERS: Final = "callers"
CONF_BUTTONS: Final = "buttons"
CONF_NUMBER: Final = "number"
CONF_TALK_LIMIT: Final = "talk_limit"

CONF_DOORS: Final = "doors"
CONF_TERMINATOR: Final = "terminator"
CONF_TONE_LENGTH: Final = "tone_length"
CONF_TONE_GAP: Final = "tone_gap"
CONF_EARLY_MEDIA: Final = "early_media"
CONF_LOCK: Final = "lock"
CONF_OPEN_TIME: Final = "open_time"
CONF_MIN_PROOF: Final = "min_proof"

CONF_FORWARDS: Final = "forwards"
CONF_PHONE: Final = "phone"
CONF_AFTER: Final = "after"
CONF_HEADER_NAME: Final = "header_name"
CONF_HEADER_VALUE: Final = "header_value"
CONF_CODECS: Final = "codecs"
CODECS: Final = {
    "g722": "G722",
    "pcma": "PCMA",
    "pcmu": "PCMU",
    "opus": "opus",
    "l16_16000": "L16/16000/1",
    "l16_8000": "L16/8000/1",
}
"""The codecs as they are chosen, and as the agent knows them."""
CONF_PINS: Final = "pins"
CONF_DOOR: Final = "door"
CONF_VALID_FROM: Final = "valid_from"
CONF_VALID_UNTIL: Final = "valid_until"
CONF_RECORD: Final = "record"
CONF_RECORD_ANNOUNCEMENT: Final = "record_announcement"
CONF_RECORD_FORMAT: Final = "record_format"
CONF_RECORD_DAYS: Final = "record_days"
CONF_RECORD_MEGABYTES: Final = "record_megabytes"
RECORD_NONE: Final = "none"
RECORD_ANSWERED: Final = "answered"
RECORD_ALL: Final = "all"
CONF_PHONEBOOK: Final = "phonebook"
CONF_VCARD_FILE: Final = "vcard_file"
CONF_FRITZ_PHONEBOOK: Final = "fritz_phonebook"
CONF_GREETING: Final = "greeting"
CONF_WAIT_SOUND: Final = "wait_sound"
CONF_SPEAK_WHEN_IDLE: Final = "speak_when_idle"

CONF_CAMERA: Final = "camera"
CONF_CAMERA_SOURCE: Final = "camera_source"
CONF_CAMERA_ENTITY: Final = "camera_entity"
CONF_CAMERA_USERNAME: Final = "camera_username"
CONF_CAMERA_PASSWORD: Final = "camera_password"  # noqa: S105
CONF_STREAM_URL: Final = "stream_url"
CONF_STILL_URL: Final = "still_url"
CONF_TALK: Final = "talk"
CAMERA_NONE: Final = "none"
CAMERA_CALL: Final = "call"
CAMERA_URL: Final = "url"
CAMERA_ENTITY: Final = "entity"
CAMERA_SOURCES: Final = (CAMERA_CALL, CAMERA_URL, CAMERA_ENTITY, CAMERA_NONE)

CONF_HASHES: Final = "hashes"
CONF_UNREGISTERED_AFTER: Final = "unregistered_after"
CONF_RINGS: Final = "rings"
CONF_TARGET: Final = "target"

ACCOUNT_DIRECT: Final = "direct"
ACCOUNT_REGISTRAR: Final = "registrar"

RINGS_HOME: Final = "home"
RINGS_EVERYONE: Final = "everyone"

DIGEST_MD5: Final = "md5"
DIGEST_ALL: Final = "all"
DIGEST_STRONG: Final = "strong"

DEFAULT_OPEN_TIME: Final = 5  # seconds
DEFAULT_UNREGISTERED_AFTER: Final = 15  # minutes

KIND_DOORBELL: Final = "doorbell"
KIND_INTERCOM: Final = "intercom"
KIND_CAMERA: Final = "camera"
KIND_PHONE: Final = "phone"
DEVICE_KINDS: Final = (KIND_DOORBELL, KIND_INTERCOM, KIND_CAMERA, KIND_PHONE)
RINGING_KINDS: Final = frozenset({KIND_DOORBELL, KIND_INTERCOM})

UNKNOWN_CALLERS_DISCOVER: Final = "discover"
UNKNOWN_CALLERS_IGNORE: Final = "ignore"

DEFAULT_USERNAME: Final = "homeassistant"

# Data of an integration discovery.
DISCOVERY_NAME: Final = "name"
DISCOVERY_CALLER: Final = "caller"
DISCOVERY_ADDRESS: Final = "address"
DISCOVERY_USER_AGENT: Final = "user_agent"
DISCOVERY_TRANSPORT: Final = "transport"
DISCOVERY_MAC: Final = "mac"
DISCOVERY_MODEL: Final = "model"

# Key in the data of a reauth flow: the subentry of the account that fails.
REAUTH_SUBENTRY_ID: Final = "subentry_id"

# Attributes of events and states.
ATTR_CALL_ID: Final = "call_id"
ATTR_CALLER: Final = "caller"
ATTR_CALLER_NAME: Final = "caller_name"
ATTR_CALLED: Final = "called"
ATTR_ACCOUNT: Final = "account"
ATTR_DIRECTION: Final = "direction"
ATTR_DURATION: Final = "duration"
ATTR_PROOF: Final = "proof"
ATTR_REASON: Final = "reason"
ATTR_STATUS: Final = "status"
ATTR_SOURCE: Final = "source"
ATTR_USERNAME: Final = "username"
ATTR_KNOWN: Final = "known"
ATTR_ATTEMPTS: Final = "attempts"
ATTR_TRANSPORT: Final = "transport"
ATTR_CONTACTS: Final = "contacts"
ATTR_TONE: Final = "tone"
ATTR_TONES: Final = "tones"
ATTR_DOOR: Final = "door"
ATTR_DOOR_ID: Final = "door_id"
ATTR_NAME: Final = "name"

EVENT_TONE: Final = "tone"
ATTR_OUTCOME: Final = "outcome"
ATTR_TEXT: Final = "text"
ATTR_HOLD: Final = "hold"
ATTR_MUTED: Final = "muted"
ATTR_RECORDING: Final = "recording"
ATTR_CONNECTED_TO: Final = "connected_to"
ATTR_BUTTON: Final = "button"
ATTR_ANSWERED_BY: Final = "answered_by"
EVENT_MESSAGE: Final = "message"
EVENT_ACCEPTED: Final = "accepted"
EVENT_REFUSED: Final = "refused"
EVENT_LOCKED_OUT: Final = "locked_out"
EVENT_OPENED: Final = "opened"
EVENT_FAILED: Final = "failed"
EVENT_WRONG_CREDENTIALS: Final = "wrong_credentials"
