# The Python example of the provider's documentation. Only its base URL, key and prompt come from the environment.
import os
import time

import requests

base_url = os.environ["BASE_URL"]
api_key = os.environ["API_KEY"]


def generate_video():
    url = f"{base_url}/generate/video/runway/generation"
    payload = {
        "model": "runway/gen4_aleph",
        "prompt": os.environ["PROMPT"],
        "video_url": "https://raw.githubusercontent.com/aimlapi/api-docs/main/reference-files/racoon-in-the-forest.mp4",
    }
    headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
    response = requests.post(url, json=payload, headers=headers)
    if response.status_code >= 400:
        print(f"Error: {response.status_code} - {response.text}")
    else:
        response_data = response.json()
        print(response_data)
        return response_data


def get_video(gen_id):
    url = f"{base_url}/generate/video/runway/generation"
    params = {"generation_id": gen_id}
    headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
    response = requests.get(url, params=params, headers=headers)
    return response.json()


def main():
    gen_response = generate_video()
    gen_id = gen_response.get("id")
    print("Generation ID:", gen_id)
    if gen_id:
        start_time = time.time()
        timeout = 1800
        while time.time() - start_time < timeout:
            response_data = get_video(gen_id)
            if response_data is None:
                print("Error: No response from API")
                break
            status = response_data.get("status")
            print("Status:", status)
            if status in ["waiting", "active", "queued", "generating"]:
                print("Still waiting... Checking again in 10 seconds.")
                time.sleep(10)
            else:
                print("Processing complete:/n", response_data)
                return response_data
        print("Timeout reached. Stopping.")
        return None


if __name__ == "__main__":
    main()
