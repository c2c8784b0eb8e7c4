"""A page made with Gradio as a part of the application: its place, and what stands around it."""

from dataclasses import dataclass

from fastapi import FastAPI

from faq_bot.core.languages import Language
from faq_bot.web.quiet_gradio import gr


@dataclass(frozen=True, slots=True)
class Frame:
    """What belongs into the HTML around Gradio's page; paths are relative to the page.

    `top` stands before Gradio's part of the body and `bottom` behind it.
    """

    language: Language
    head: str
    bottom: str
    top: str = ""


def mount_page(app: FastAPI, blocks: gr.Blocks, path: str) -> None:
    """Show a page at a path, and nothing of Gradio that it does not need."""
    blocks.api_open = False
    blocks.state_session_capacity = 1000
    gr.mount_gradio_app(
        app,
        blocks,
        path=path,
        theme=_theme(),
        footer_links=[],
        run_history=False,
        pwa=False,
        ssr_mode=False,
        enable_monitoring=False,
        show_error=False,
        max_file_size="1kb",
        blocked_paths=["/"],
        mcp_server=False,
    )


def _theme() -> gr.themes.Base:
    """Return the look of the page: the reader's own fonts, a newspaper's restraint."""
    sans = [gr.themes.Font("system-ui"), gr.themes.Font("sans-serif")]
    return gr.themes.Base(
        primary_hue="slate",
        neutral_hue="slate",
        font=sans,
        font_mono=[gr.themes.Font("monospace")],
    )
