import time
import pytest
from tests.browser_tasks import test_tasks as t
pytestmark = pytest.mark.browser
def test_x(hand):
    t.test_home_leads_to_a_session.__wrapped__ if False else None
    t.say(hand,"/openvidu card"); time.sleep(2)
    hand.go("App Home"); time.sleep(2); hand.go("# moderation"); time.sleep(1)
    t.test_a_question_in_a_form_can_be_followed_there(hand)
    hand.page.screenshot(path="/tmp/shots/dbg1.png")
    t.say(hand,"/openvidu"); time.sleep(3)
    hand.page.screenshot(path="/tmp/shots/dbg2.png")
