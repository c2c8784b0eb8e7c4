"""Drawing what `evaluation` measured."""

from pathlib import Path

from faq_bot.core.errors import FaqBotError
from faq_bot.evaluation.metrics import risk_coverage
from faq_bot.evaluation.report import Report


def plot_risk_coverage(report: Report, path: Path) -> None:
    """Draw, for each direction, the share of wrong answers over the share of answers given.

    Raises:
        FaqBotError: matplotlib is not installed, or the file cannot be written.
    """
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise FaqBotError("--plot needs matplotlib: pip install 'faq-bot[plot]'") from error
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for direction, results in report.results.items():
        axes.plot(*risk_coverage(results), label=direction)
    axes.set(
        xlabel="share of questions answered (coverage)",
        ylabel="share of these answers that are wrong (risk)",
        xlim=(0, 1),
        ylim=(0, None),
        title=f"{report.model}, {report.commit or report.version}",
    )
    axes.title.set_fontsize("small")
    axes.grid(alpha=0.3)
    axes.legend(title="question→passages", frameon=False)
    try:
        figure.savefig(path, dpi=150)
    except (OSError, ValueError) as error:
        raise FaqBotError(f"{path} cannot be written: {error}.") from error
    plt.close(figure)
