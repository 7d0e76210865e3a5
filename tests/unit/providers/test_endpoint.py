"""Where the URL and the key come from, and that the key never shows."""

import pytest

from providers.maas.endpoint import Endpoint, find, find_key, find_url, key_file
from providers.maas.errors import SetupError

URL = "http://172.16.0.3:5240/MAAS"
KEY = "consumer:token:sesame"


def no_file(path: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", path)


def test_config_wins_over_file_and_environment() -> None:
    config = {"maas:apiUrl": URL + "/", "maas:apiKey": KEY, "maas:apiKeyFile": "nowhere"}
    found = find(config.get, {"MAAS_API_URL": "http://other/MAAS", "MAAS_API_KEY": "a:b:c"}, no_file)
    assert found == Endpoint(URL, KEY)
    assert found.api == URL + "/api/2.0/"
    assert "sesame" not in repr(found)


def test_key_file_is_stripped_and_wins_over_environment() -> None:
    config = {"maas:apiUrl": URL + "/api/2.0/", "maas:apiKeyFile": "key"}
    assert find(config.get, {"MAAS_API_KEY": "a:b:c"}, lambda _: f" {KEY}\n") == Endpoint(URL, KEY)


def test_environment_alone_is_enough() -> None:
    nothing: dict[str, object] = {}
    assert find(nothing.get, {"MAAS_API_URL": URL, "MAAS_API_KEY": KEY}, no_file) == Endpoint(URL, KEY)


def test_the_url_is_known_before_there_is_a_key() -> None:
    config = {"maas:apiUrl": URL + "/", "maas:apiKeyFile": "later"}
    assert find_url(config.get, {}) == URL
    assert key_file(config.get) == "later"
    with pytest.raises(
        SetupError, match=r"later, which can't be read: No such file or directory\. On the server of MAAS"
    ):
        find_key(config.get, {}, no_file)
    assert find_key(config.get, {}, lambda _: KEY) == KEY


@pytest.mark.parametrize("config", [{"maas:apiKey": KEY, "maas:apiKeyFile": "unused"}, {}])
def test_a_key_that_comes_from_elsewhere_has_no_file(config: dict[str, object]) -> None:
    assert key_file(config.get) == ""


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"maas:apiKey": KEY}, "URL is not set"),
        ({"maas:apiUrl": URL}, "API key is not set"),
        ({"maas:apiUrl": URL, "maas:apiKey": "sesame"}, "maas:apiKey holds no MAAS API key"),
        ({"maas:apiUrl": URL, "maas:apiKeyFile": "gone"}, "gone, which can't be read"),
        ({"maas:apiUrl": "172.16.0.3", "maas:apiKey": KEY}, "must be an http"),
        ({"maas:apiUrl": "http://me:sesame@host/MAAS", "maas:apiKey": KEY}, "without user"),
    ],
)
def test_what_is_wrong_is_named_and_no_secret_shown(config: dict[str, object], said: str) -> None:
    with pytest.raises(SetupError, match=said) as caught:
        find(config.get, {}, no_file)
    assert "sesame" not in str(caught.value)
