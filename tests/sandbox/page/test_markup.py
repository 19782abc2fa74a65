"""How the page reads mrkdwn and the markdown block: sources, and the elements they become."""

import pytest
from playwright.async_api import Page

from tests.sandbox.page.conftest import OpenPage
from tests.sandbox.page.meeting_app import Json

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

MRKDWN = {
    "*bold* _italic_ ~gone~": "<strong>bold</strong> <em>italic</em> <s>gone</s>",
    "*bold _and italic_*": "<strong>bold <em>and italic</em></strong>",
    "snake_case_name 2*3*4 * alone *": "snake_case_name 2*3*4 * alone *",
    "*<@U02BEN>* left": "<strong><bdi>@Ben</bdi></strong> left",
    "`*code* &lt;b&gt;`": "<code>*code* &lt;b&gt;</code>",
    "a ```\nx *y*\n``` b": "a <pre>x *y*</pre> b",
    "open ``` only": "open ``` only",
    "&gt; one\n> two\nthree": "<blockquote>one<br>two</blockquote>three",
    ">>> all\nof it": "<blockquote>all<br>of it</blockquote>",
    "&amp;lt; &lt;script&gt;": "&amp;lt; &lt;script&gt;",
    ":warning: :no_such_thing: 10:30:15": "<span>⚠️</span> :no_such_thing: 10:30:15",
    "<!channel> <!subteam^S1|admins>": "<bdi>@channel</bdi> <bdi>@admins</bdi>",
    "<#C02MODERATION> <@U9|zed>": "<bdi>#moderation</bdi> <bdi>@zed</bdi>",
    "<!unknown> <javascript:x|y>": "<bdi>&lt;!unknown&gt;</bdi> <span><bdi>y</bdi></span>",
    "<mailto:a@b.example|mail>": "<a><bdi>mail</bdi></a>",
    "<!date^0^{date_num}|then>": "<time>01/01/1970</time>",
    "<!date^x^{date_num}|then>": "<bdi>then</bdi>",
}
MARKDOWN = {
    "# Title\ntext\nmore": "<h3>Title</h3><p>text<br>more</p>",
    "- one\n- **two**": "<ul><li>one</li><li><strong>two</strong></li></ul>",
    "3. three\n4. four": "<ol><li>three</li><li>four</li></ol>",
    "> said\n\n---": "<blockquote>said</blockquote><hr>",
    "```\n<b>\n```": "<pre>&lt;b&gt;</pre>",
    "[here](https://x.example) \\*": "<p><a><bdi>here</bdi></a> *</p>",
    "[no](javascript:1)": "<p><span><bdi>no</bdi></span></p>",
    "snake_case_name": "<p>snake_case_name</p>",
}

_RENDER = """async ([sources, kind]) => {
  const { Names } = await import("/page/names.js");
  const { mrkdwn } = await import("/page/mrkdwn.js");
  const { markdown } = await import("/page/markdown.js");
  const state = await (await fetch("/_control/state?user=U01ANA")).json();
  const names = new Names(state, "U01ANA");
  const bare = (node) => {
    for (const child of node.querySelectorAll("*")) {
      for (const { name } of [...child.attributes]) child.removeAttribute(name);
    }
    return node.innerHTML;
  };
  const render = kind === "mrkdwn" ? (source) => mrkdwn(source, names) : markdown;
  return Object.fromEntries(sources.map((source) => [source, bare(render(source))]));
}"""


async def rendered(page: Page, sources: dict[str, str], kind: str) -> Json:
    """What the page makes of each source, without attributes."""
    made: Json = await page.evaluate(_RENDER, [list(sources), kind])
    return made


async def test_mrkdwn(open_page: OpenPage) -> None:
    page = await open_page()
    assert await rendered(page, MRKDWN, "mrkdwn") == MRKDWN


async def test_markdown(open_page: OpenPage) -> None:
    page = await open_page()
    assert await rendered(page, MARKDOWN, "markdown") == MARKDOWN
