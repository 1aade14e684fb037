# The Python programs of the provider's documentation, one for each Runway model: `provider-client.py <model>`. Each sends the
# fields that the printed one sends. Only base URL, key, prompt and pause come from the environment.
import os
import sys
import time

import requests

URL = f"{os.environ['BASE_URL']}/generate/video/runway/generation"
AUTHORIZATION = {"Authorization": f"Bearer {os.environ['API_KEY']}"}
PROMPT = os.environ["PROMPT"]
PAUSE_SECONDS = float(os.environ.get("PAUSE_SECONDS", "10"))

MOUNTAIN = "https://upload.wikimedia.org/wikipedia/commons/thumb/6/68/Liebener_Spitze_SW.JPG/1280px-Liebener_Spitze_SW.JPG"
FILES = "https://raw.githubusercontent.com/aimlapi/api-docs/main/reference-files"

PAYLOADS = {
    "runway/gen4_aleph": {"video_url": f"{FILES}/racoon-in-the-forest.mp4", "prompt": f"\n    {PROMPT}\n"},
    "runway/gen4_turbo": {"prompt": PROMPT, "ratio": "16:9", "image_url": MOUNTAIN},
    "gen3a_turbo": {"prompt": PROMPT, "ratio": "16:9", "image_url": MOUNTAIN},
    "runway/act_two": {
        "character": {"type": "image", "url": f"{FILES}/mona_lisa_extended.jpg"},
        # This model has no prompt.
        "reference": {"type": "video", "url": f"https://example.com/dancing-woman.mp4?{PROMPT}"},
        "frame_size": "1280:720",
        "body_control": True,
        "expression_intensity": 3,
    },
}


def submit(model):
    response = requests.post(URL, json={"model": model, **PAYLOADS[model]}, headers=AUTHORIZATION)
    if response.status_code >= 400:
        sys.exit(f"Error: {response.status_code} - {response.text}")
    return response.json()


def poll(generation_id):
    headers = {**AUTHORIZATION, "Content-Type": "application/json"}
    return requests.get(URL, params={"generation_id": generation_id}, headers=headers).json()


def main():
    generation_id = submit(sys.argv[1]).get("id")
    print("Generation ID:", generation_id)
    deadline = time.time() + 1800
    while time.time() < deadline:
        job = poll(generation_id)
        if job.get("status") not in ["queued", "generating"]:
            print("Processing complete:", job)
            return
        time.sleep(PAUSE_SECONDS)
    print("Timeout reached. Stopping.")


if __name__ == "__main__":
    main()
