"""What Juju's own provider asks of a MAAS beside machines: files, the space that is none, words of an allocation."""

import base64
import urllib.error
import urllib.request

import pytest

from tests.lab.maas.conftest import Answer, Raw, header_for

NAME = "0a3a07ac-4171-4cb3-80e0-5f0b0b6a8be9-provider-state"


def upload(raw: Raw, *names: str, filename: str = NAME, content: bytes = b"\xff\x00state") -> Answer:
    part = b'--b\r\nContent-Disposition: form-data; name="%s"; filename="x"\r\n\r\n%s\r\n'
    body = b'--b\r\nContent-Disposition: form-data; name="filename"\r\n\r\n' + filename.encode() + b"\r\n"
    body += b"".join(part % (name.encode(), content) for name in names) + b"--b--\r\n"
    request = urllib.request.Request(f"{raw.maas.url}/api/2.0/files/", body, method="POST")
    request.add_header("Content-Type", "multipart/form-data; boundary=b")
    request.add_header("Authorization", header_for(raw.key))
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return Answer(response.status, response.read().decode(), response.headers)
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read().decode(), error.headers)


def test_who_has_no_files_is_told_so(raw: Raw) -> None:
    assert raw.get("files/", None, prefix=NAME[:37]).json == []
    missing = raw.get(f"files/{NAME}/")
    assert (missing.status, missing.text, missing.headers["Workaround"]) == (404, "Not Found", "bug1123986")
    assert raw.delete(f"files/{NAME}/").status == 404


def test_a_file_is_kept_and_read_by_name_and_key(raw: Raw) -> None:
    assert upload(raw, "file").status == 201
    assert upload(raw, "file", filename="other", content=b"else").status == 201
    (shown,) = raw.get("files/", None, prefix=NAME[:5]).json
    assert (shown["filename"], shown["resource_uri"]) == (NAME, f"/MAAS/api/2.0/files/{NAME}/")
    assert base64.b64decode(raw.get(f"files/{NAME}/").json["content"]) == b"\xff\x00state"
    upload(raw, "file", content=b"newer")
    assert raw.get("files/", "get", filename=NAME).text == "newer"
    key = shown["anon_resource_uri"].partition("key=")[2]
    assert raw.get("files/", "get_by_key", key=key).text == "newer"
    assert raw.delete(f"files/{NAME}/").status == 204
    assert [each["filename"] for each in raw.get("files/").json] == ["other"]
    assert raw.get("files/", "get", filename=NAME).text == "File not found"


@pytest.mark.parametrize(
    ("names", "filename", "words"),
    [
        ((), NAME, "File not supplied"),
        (("file",), "", "Filename not supplied"),
        (("file", "file2"), NAME, "Exactly one file must be supplied"),
    ],
)
def test_half_a_file_is_refused(raw: Raw, names: tuple[str, ...], filename: str, words: str) -> None:
    refused = upload(raw, *names, filename=filename)
    assert (refused.status, refused.text) == (400, words)


def test_what_is_in_no_space_is_in_the_undefined_one(raw: Raw) -> None:
    (undefined,) = raw.get("spaces/").json
    assert (undefined["id"], undefined["name"]) == (-1, "undefined")
    assert undefined["resource_uri"] == "/MAAS/api/2.0/spaces/undefined/"
    assert [each["cidr"] for each in undefined["subnets"]] == ["172.16.0.0/20"]
    assert raw.get("spaces/-1/").json == raw.get("spaces/undefined/").json == undefined
    assert raw.put("spaces/undefined/", name="x").text == "Space cannot be modified: undefined"
    assert raw.delete("spaces/-1/").text == "Space cannot be deleted: undefined"
    inside = raw.post("spaces/", None, name="inside").json
    for vlan in undefined["vlans"]:
        raw.put(f"vlans/{vlan['id']}/", space=inside["id"])
    assert [each["name"] for each in raw.get("spaces/").json] == ["inside"]
    assert raw.get("spaces/undefined/").status == 404


def test_no_machine_is_said_with_all_that_was_sent(raw: Raw) -> None:
    refused = raw.post("machines/", "allocate", agent_name="a-model", mem="921600", zone="default")
    sent = "[('agent_name', ['a-model']), ('mem', ['921600']), ('zone', ['default'])]"
    said = f'No available machine matches constraints: {sent} (resolved to "mem=921600 zone=default")'
    assert (refused.status, refused.text) == (409, said)
    assert raw.post("machines/", "allocate", agent_name="a-model").text == "No machine available."
