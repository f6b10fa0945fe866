"""The precision–recall curve and the reliability of the score, drawn."""

from __future__ import annotations

import io
from typing import Any

from pipeline.evaluation.values import Values

_KINDS = ("resistance", "macrophage", "interventions")
_COLOURS = {"resistance": "#b3126f", "macrophage": "#1f5fa8", "interventions": "#1d7f3c"}


def draw_curves(values: Values) -> dict[str, bytes]:
    """Draw one panel a gold set, a curve a kind, with the shipped threshold marked.

    Parameters
    ----------
    values
        What `score_values` gave.

    Returns
    -------
    dict
        The picture as `png` and `svg`; the same values give the same bytes.
    """
    # Only this one stage draws; importing costs most of a second.
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    golds = values["golds"]
    with matplotlib.rc_context({"svg.hashsalt": "tamrex", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(4.2 * max(1, len(golds)), 4.0), layout="constrained")
        FigureCanvasAgg(figure)
        for place, gold in enumerate(golds, 1):
            axes = figure.add_subplot(1, len(golds), place)
            _draw_panel(axes, gold, values["threshold"])
        pictures = {}
        for form, metadata in (("png", {"Software": None}), ("svg", {"Date": None, "Creator": None})):
            stream = io.BytesIO()
            figure.savefig(stream, format=form, dpi=120, metadata=metadata)
            pictures[form] = stream.getvalue()
    return pictures


def _draw_panel(axes: Any, gold: Values, threshold: float) -> None:
    for kind in _KINDS:
        points = gold["kinds"].get(kind, {}).get("curve", [])
        if not points:
            continue
        colour = _COLOURS[kind]
        axes.plot([p[2] for p in points], [p[1] for p in points], ".-", color=colour, label=kind, lw=1)
        line = gold["kinds"][kind]["lines"]["strict"]
        if line["precision"]["value"] is not None and line["recall"]["value"] is not None:
            axes.plot(
                line["recall"]["value"], line["precision"]["value"], "o", color=colour, mfc="none", ms=10
            )
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.05), xlabel="recall", ylabel="precision")
    axes.set_title(f"{gold['name']} ({gold['documents']} documents)")
    axes.grid(alpha=0.3)
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        axes.legend(handles, labels, loc="lower left", title=f"○ threshold {threshold:g}", fontsize=8)
