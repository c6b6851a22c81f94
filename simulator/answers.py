"""What the simulated cloud answers, and in which shape."""

from dataclasses import dataclass, field

from .types import Json

LOGIN_MESSAGE = (
    "Northbound API Reference: "
    "https://info.support.huawei.com/DpinfoAppBiz/#/u?i=1C30D7It&l=en_US"
)


@dataclass(slots=True, kw_only=True)
class Answer:
    """An HTTP answer; a str body is sent as it is, anything else as JSON."""

    body: Json
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    @property
    def fail_code(self) -> int | None:
        """The failCode of the body, None where it has none."""
        code = self.body.get("failCode") if isinstance(self.body, dict) else None
        return code if isinstance(code, int) else None


def success(data: Json, params: Json = None, message: str | None = None) -> Answer:
    """Answer of the /thirdData endpoints."""
    return Answer(
        body={
            "success": True,
            "data": data,
            "failCode": 0,
            "params": params,
            "message": message,
        }
    )


def failure(code: int, params: Json = None, message: str | None = None) -> Answer:
    """Failure of the /thirdData endpoints: HTTP 200 all the same."""
    return Answer(
        body={
            "success": False,
            "data": None,
            "failCode": code,
            "params": {} if params is None else params,
            "message": message,
        }
    )


def session_lost(message: str = "USER_MUST_RELOGIN") -> Answer:
    """Failure 305 in the shape recorded for it: no success, no data."""
    if message == "USER_MUST_RELOGIN":
        return Answer(body={"failCode": 305, "immediately": True, "message": message})
    return Answer(body={"success": False, "failCode": 305, "message": message})


def interface_refused() -> Answer:
    """Failure 401: scope not granted or interface class not ticked."""
    return failure(401, message="Invalid access to current interface!")


def too_frequent(shape: str = "data") -> Answer:
    """Failure 407 with its text in `data`, as recorded, or in `message`."""
    text = "ACCESS_FREQUENCY_IS_TOO_HIGH"
    if shape == "data":
        return Answer(
            body={"data": text, "failCode": 407, "params": None, "success": False}
        )
    return Answer(
        body={
            "data": None,
            "failCode": 407,
            "params": None,
            "success": False,
            "message": text,
        }
    )


def parameter_exception(parameter: str, text: str) -> Answer:
    """HTTP 400 of the gateway, which has no envelope; the spelling is literal."""
    return Answer(
        status=400,
        body={
            "exceptionId": "framwork.remote.Paramerror",
            "exceptionType": "ROA_EXFRAME_EXCEPTION",
            "descArgs": None,
            "reasonArgs": [parameter],
            "detailArgs": [text],
            "adviceArgs": None,
        },
    )
