"""A film that was answered survives `kill -9`."""

import httpx

from tests.support.films import a_film
from tests.support.hall import hall
from tests.support.waiting import wait_until


def test_a_film_is_kept_although_the_api_is_killed_with_its_answer(tmp_path):
    film = a_film(tmp_path / "film.mp4").read_bytes()
    with hall(tmp_path) as running:
        running.add_account()
        headers = {"Authorization": f"Bearer {running.token()}"}
        with httpx.Client(base_url=f"{running.url}/api/v1", headers=headers, timeout=60) as host:
            room = host.post("/rooms", json={"title": "Physics"}).json()["data"]["id"]
            planned = host.post(f"/rooms/{room}/sessions", json={"title": "Waves", "mode": "webcam"})
            session = planned.json()["data"]["session"]["id"]
            answer = host.post("/recordings", params={"session_id": session}, content=film)
            running.kill(running.pid("api"))
            assert answer.status_code == 201, answer.text
            path = f"/recordings/{answer.json()['data']['id']}"

            def is_ready():
                try:
                    return host.get(path).json()["data"]["status"] == "ready"
                except httpx.TransportError:  # it is not back yet
                    return False

            wait_until(is_ready, within=100, what="the film is kept")
            url = host.get(path).json()["data"]["playback_url"]
            assert httpx.get(url, timeout=60).content == film
