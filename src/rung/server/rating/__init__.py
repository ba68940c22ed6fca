"""The pages on which people rate responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rung.lazily import lazily

if TYPE_CHECKING:
    from rung.server.rating.app import rating_app
    from rung.server.rating.serving import listen, serve

__all__ = ["listen", "rating_app", "serve"]

# Starlette and uvicorn come with an extra: they are imported at the first use of a name.
__getattr__ = lazily(__name__, {"listen": "serving", "rating_app": "app", "serve": "serving"})
