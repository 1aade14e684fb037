"""Receives the callbacks of Reelhook, and downloads each video by its signed link. Needs only the standard library."""

import base64
import hashlib
import hmac
import json
import mimetypes
import os
import queue
import re
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
if len(KEY) < 24:
    raise SystemExit("WEBHOOK_SECRET is empty or malformed")  # anyone can sign with an empty key
FOLDER = os.environ.get("VIDEOS", "videos")
MAX_BODY_BYTES = 64 * 1024  # Reelhook sends less than 20,000, but anybody can send anything
MAX_VIDEO_BYTES = 1024**3
TOLERANCE_SECONDS = 300

# The same callback can arrive more than once, for about three days. Keep these ids in your database for that long.
seen = set()
seen_lock = threading.Lock()
# Downloads wait here, because a callback must be answered within 15 seconds. They are lost if this program ends.
downloads = queue.Queue(maxsize=1000)


def number(text):
    return int(text) if re.fullmatch("[0-9]{1,12}", text) else -1


def is_genuine(headers, body):
    timestamp = headers.get("webhook-timestamp", "")
    if abs(time.time() - number(timestamp)) > TOLERANCE_SECONDS:
        return False
    content = f"{headers.get('webhook-id', '')}.{timestamp}.".encode() + body
    expected = b"v1," + base64.b64encode(hmac.new(KEY, content, hashlib.sha256).digest())
    signatures = headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(expected, each) for each in signatures)


def accept(message_id, event):
    """Returns the status to answer with."""
    with seen_lock:
        if message_id in seen:
            return 204
        if event["type"] == "generation.completed":
            try:
                downloads.put_nowait(event["data"])
            except queue.Full:
                return 503  # Reelhook sends the callback again
        seen.add(message_id)
        print(event["type"], event["data"]["id"], flush=True)
        return 204


class Receiver(BaseHTTPRequestHandler):
    timeout = 15  # for senders that stop halfway

    def do_POST(self):
        length = number(self.headers.get("content-length", ""))
        if not 0 <= length <= MAX_BODY_BYTES:
            return self.answer(413)
        body = self.rfile.read(length)
        if not is_genuine(self.headers, body):
            return self.answer(400)
        self.answer(accept(self.headers["webhook-id"], json.loads(body)))

    def answer(self, status):
        self.send_response(status)
        self.end_headers()


def save(generation):
    video = generation["video"]
    if video["bytes"] > MAX_VIDEO_BYTES:
        raise ValueError(f"it has {video['bytes']} bytes")
    path = os.path.join(FOLDER, generation["id"] + (mimetypes.guess_extension(video["content_type"]) or ""))
    left, digest = video["bytes"], hashlib.sha256()
    with urllib.request.urlopen(video["url"], timeout=60) as response, open(f"{path}.part", "wb") as file:
        while chunk := response.read(min(left, 64 * 1024)):
            file.write(chunk)
            digest.update(chunk)
            left -= len(chunk)
    if digest.hexdigest() != video["sha256"]:
        raise ValueError("the download is incomplete")
    os.replace(f"{path}.part", path)
    return path


def save_all():
    while True:
        generation = downloads.get()
        try:
            print("saved", save(generation), flush=True)
        except Exception as error:
            # For a fresh link: GET /v1/generations/{id}
            print("could not save", generation["id"], error, flush=True)


os.makedirs(FOLDER, exist_ok=True)
threading.Thread(target=save_all, daemon=True).start()
server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "3000"))), Receiver)
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
