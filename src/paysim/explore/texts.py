"""Every word of the page that is not a lever, a chart or a story: by key, for its scripts."""

from __future__ import annotations

from paysim.words import deferred
from paysim.words import translated as _

_PAGE = {
    "explore": deferred("explore"),
    "story": deferred("Story"),
    "levers": deferred("Levers"),
    "events": deferred("Events"),
    "language": deferred("Language"),
    "skip_to_levers": deferred("To the levers"),
    "reset_all": deferred("Reset all"),
    "copy_link": deferred("Copy link"),
    "link_copied": deferred("The link is copied."),
    "link_to_copy": deferred("Link to copy"),
    "save_yaml": deferred("Save as YAML"),
    "saved_as": deferred("Saved as {name}; paysim run repeats it."),
    "assumes": deferred("What this story assumes"),
    "shows_not": deferred("What this does not show"),
    "short_hint": deferred("Move a lever to see what it changes."),
}

_LEVERS = {
    "group_politics": deferred("Politics"),
    "group_rails": deferred("Rails"),
    "group_behaviour": deferred("Behaviour"),
    "basis": deferred("Basis"),
    "source": deferred("Source"),
    "why": deferred("Why?"),
    "reset": deferred("Back to the story's own value"),
}

_CHARTS = {
    "large_chart": deferred("Large chart"),
    "more_charts": deferred("More charts"),
    "enlarge": deferred("Enlarge"),
    "as_table": deferred("As a table"),
    "month": deferred("Month"),
    "as_published": deferred("(as it would be published)"),
    "target_is": deferred("(the target: {target})"),
    "value_in_month": deferred("{value} in {month}"),
    "lowest": deferred("lowest {value} in {month}"),
    "highest": deferred("highest {value} in {month}"),
    "points": deferred("{gap} points"),
    "more_than_preset": deferred("{gap} more than the story as written"),
    "less_than_preset": deferred("{gap} less than the story as written"),
    "as_written": deferred("the story as written"),
    "band_is": deferred("nine draws in ten of what is uncertain"),
    "band_coming": deferred("The band is being computed."),
    "no_band": deferred("There is no band for this."),
}

_TROUBLE = {
    "retry": deferred("Try again"),
    "show_as_written": deferred("Show the story as written"),
    "server_gone": deferred("The server does not answer."),
}

_ENGINE = {
    "engine_run": deferred("Run the event engine"),
    "engine_what": deferred("Payment by payment, at the best values of all parameters: the mean of a few replicates."),
    "engine_progress": deferred("Progress of the event engine"),
    "engine_queued": deferred("Waiting for its turn"),
    "engine_place": deferred("Waiting for its turn, number {place}"),
    "engine_running": deferred("{done} of {of} replicates"),
    "engine_done": deferred("Done: the thin dotted lines."),
}

_PREDICTION = {
    "prediction_first": deferred("Prediction first"),
    "prediction_how": deferred("Draw what you expect before the model shows its line."),
    "predict_what": deferred("What to predict"),
    "prediction_start": deferred("The line begins at {value} in {month}."),
    "blank_chart": deferred("Blank chart to draw on: {series}. The same can be typed below."),
    "prediction_beside_model": deferred(
        "Your line beside the model's: {series}. The difference stands in words below."
    ),
    "prediction_end_more": deferred("You expected {yours} in {month}; the model has {model}: {gap} more."),
    "prediction_end_less": deferred("You expected {yours} in {month}; the model has {model}: {gap} less."),
    "prediction_end_even": deferred("You expected {yours} in {month}, and so has the model."),
    "prediction_far_more": deferred("The two are farthest apart in {month}: {yours} against {model}, {gap} more."),
    "prediction_far_less": deferred("The two are farthest apart in {month}: {yours} against {model}, {gap} less."),
    "prediction_far_even": deferred("The two lines are the same."),
    "prediction_mean": deferred("On the mean of all months the two are {gap} apart."),
    "or_type": deferred("Or type it"),
    "reveal": deferred("Show the model's line"),
    "start_again": deferred("Start again"),
    "yours": deferred("yours"),
    "model": deferred("model"),
    "model_less_yours": deferred("model less yours"),
}

TEXTS = {**_PAGE, **_LEVERS, **_CHARTS, **_TROUBLE, **_ENGINE, **_PREDICTION}


def texts_data() -> dict[str, str]:
    """Every text in the language spoken."""
    return {key: _(text) for key, text in TEXTS.items()}
