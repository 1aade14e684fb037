# Replaces Python's requests where it is not installed. Has only the two calls that provider-client.py makes.
import json as jsonlib
import urllib.error
import urllib.parse
import urllib.request


class Response:
    def __init__(self, status_code, body):
        self.status_code = status_code
        self.text = body.decode()

    def json(self):
        return jsonlib.loads(self.text)


def _send(request):
    try:
        with urllib.request.urlopen(request) as answer:
            return Response(answer.status, answer.read())
    except urllib.error.HTTPError as error:
        return Response(error.code, error.read())


def post(url, json, headers):
    headers = {"Content-Type": "application/json", **headers}
    return _send(urllib.request.Request(url, jsonlib.dumps(json).encode(), headers, method="POST"))


def get(url, params, headers):
    return _send(urllib.request.Request(f"{url}?{urllib.parse.urlencode(params)}", None, headers))
