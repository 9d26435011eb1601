import type { Told } from '../../told.ts'

/** What the slider does with a loaded model, or why it does nothing. */
export const slider: Told = {
  'This model runs each of its {layers} layers once for every token.':
    'Dieses Modell rechnet für jedes Token jede seiner {layers} Schichten einmal.',
  'It was trained that way and has nothing that could be left out.':
    'So wurde es trainiert, und es hat nichts, was sich auslassen ließe.',
  'Every token runs all {loops} loops: this model was trained for that number and has no exit before it.':
    'Jedes Token durchläuft alle {loops} Schleifen: Für diese Zahl wurde das Modell trainiert, und einen früheren Ausstieg hat es nicht.',
  'Every token runs all {cycles} cycles, {passes} passes of its two stacks: this model was trained for that number and has no exit before it.':
    'Jedes Token durchläuft alle {cycles} Zyklen, also {passes} Mal einen der beiden Stapel: Für diese Zahl wurde das Modell trainiert, und einen früheren Ausstieg hat es nicht.',

  'Every token runs all {recursions} recursions.': 'Jedes Token durchläuft alle {recursions} Rekursionen.',
  'This model was trained without a router or an exit, so nothing says which tokens could do with fewer.':
    'Das Modell wurde ohne Router und ohne Ausstieg trainiert; darum sagt nichts, welchen Token weniger genügten.',
  'Share of recursions 2 to {last} that are run.': 'Welcher Anteil der Rekursionen 2 bis {last} gerechnet wird.',
  'A router lets the tokens through that gain most.': 'Ein Router lässt die Token durch, die am meisten gewinnen.',
  'This model has one recursion only: there is nothing to save.':
    'Dieses Modell hat nur eine Rekursion: Es gibt nichts zu sparen.',

  'Every token runs all {recursions} recursions: this model was trained with no recursion that saves compute.':
    'Jedes Token durchläuft alle {recursions} Rekursionen: Das Modell wurde mit keiner trainiert, die Rechenarbeit spart.',
  'A budget is a greatest depth and a share of the tokens in the last recursion, chosen by the router scores of late.':
    'Ein Budget ist eine größte Tiefe und ein Anteil der Token in der letzten Rekursion; gewählt werden sie nach den jüngsten Werten des Routers.',
  'The model was trained for one budget only ({shares}) and its scores hardly tell other tokens apart: expect worse answers elsewhere.':
    ({ shares = '' }) =>
      `Das Modell wurde nur für ein Budget trainiert (${shares.replaceAll(' % for recursion ', '\u00a0% für Rekursion ')}), und bei anderen unterscheiden seine Werte die Token kaum: Dort sind schlechtere Antworten zu erwarten.`,
  'A budget is a greatest depth and a share of the tokens in the last recursion: those that the router would rather send on, by its scores of late.':
    'Ein Budget ist eine größte Tiefe und ein Anteil der Token in der letzten Rekursion: die, die der Router nach seinen jüngsten Werten am ehesten weiterschickte.',
  'The model was trained to choose one of {depths} depths for each token and for no other budget: expect worse answers elsewhere.':
    'Das Modell wurde darauf trainiert, für jedes Token eine von {depths} Tiefen zu wählen, und für kein anderes Budget: Dort sind schlechtere Antworten zu erwarten.',

  'Share of the tokens that pass through them; the others skip them: {routed} of {layers} layers have a router.':
    'Welcher Anteil der Token die Schichten mit einem Router durchläuft ({routed} von {layers}); die anderen überspringen sie.',
  'Share of the tokens that are given experts there: {routed} of {layers} layers have a router.':
    'Welcher Anteil der Token in den Schichten mit einem Router ({routed} von {layers}) Experten bekommt.',
  'It was trained for {share} %, so other budgets are beyond its training.':
    'Trainiert wurde es für {share}\u00a0%; andere Budgets hat es im Training nicht gesehen.',
  'No layer of this model has a router, so nothing can be left out.':
    'Keine Schicht dieses Modells hat einen Router; darum lässt sich nichts auslassen.',
  'Every token chooses its experts, doing nothing among them: nothing is left to a budget.':
    'Jedes Token wählt seine Experten selbst, auch das Nichtstun: Für ein Budget bleibt nichts übrig.',

  'Share of layers {first} to {layers} that are run; tokens may leave behind layer {place}.':
    'Welcher Anteil der Schichten {first} bis {layers} gerechnet wird; aussteigen können Token nach Schicht {place}.',
  'Share of layers {first} to {layers} that are run; tokens may leave behind layers {places}.':
    'Welcher Anteil der Schichten {first} bis {layers} gerechnet wird; aussteigen können Token nach den Schichten {places}.',
  'What each exit costs was measured with texts (calibration.json).':
    'Was jeder Ausstieg kostet, wurde mit Texten gemessen (calibration.json).',
  'Nobody measured what that costs: a model that was not trained for exits writes nonsense below 100 %.':
    'Was das kostet, hat niemand gemessen: Ein Modell, das nicht für Ausstiege trainiert wurde, schreibt unter 100\u00a0% Unsinn.',

  'How long each token may think: between {least} steps and all {steps}, by a threshold on how much a step still moves.':
    'Wie lange jedes Token nachdenken darf: zwischen {least} Schritten und allen {steps}, nach einer Schwelle dafür, wie viel ein Schritt noch bewegt.',
  'How long each token may think: between one step and all {steps}, by a threshold on how much a step still moves.':
    'Wie lange jedes Token nachdenken darf: zwischen einem Schritt und allen {steps}, nach einer Schwelle dafür, wie viel ein Schritt noch bewegt.',
  'It was trained over varying numbers of steps; with very few its answers get much worse.':
    'Es wurde mit wechselnden Zahlen von Schritten trainiert; mit sehr wenigen werden die Antworten viel schlechter.',
  "Every token takes one step, as the model's configuration says.":
    'Jedes Token macht einen Schritt, wie es in der Konfiguration des Modells steht.',
  "Every token takes {steps} steps, as the model's configuration says.":
    'Jedes Token macht {steps} Schritte, wie es in der Konfiguration des Modells steht.',

  "Every token runs all {steps} steps, as the model's configuration says.":
    'Jedes Token durchläuft alle {steps} Schritte, wie es in der Konfiguration des Modells steht.',
  "Every token runs {steps} of {trained} steps, as the model's configuration says.":
    'Jedes Token durchläuft {steps} von {trained} Schritten, wie es in der Konfiguration des Modells steht.',
  "Share of steps 2 to {last} that are run; the model's own exit gate says which tokens leave earlier.":
    'Welcher Anteil der Schritte 2 bis {last} gerechnet wird; welche Token früher aussteigen, sagt das Exit-Gate des Modells.',
  'It was trained with such exits, but not for a budget: with few steps its answers get much worse.':
    'Es wurde mit solchen Ausstiegen trainiert, aber nicht für ein Budget: Mit wenigen Schritten werden die Antworten viel schlechter.',
  'At the threshold that its makers publish, no token leaves early.':
    'Bei der Schwelle, die seine Hersteller angeben, steigt kein Token früher aus.',
  'Every token runs all {steps} steps; its exit only picks the step that is read (exit_computes_all).':
    'Jedes Token durchläuft alle {steps} Schritte; sein Ausstieg bestimmt nur, welcher davon gelesen wird (exit_computes_all).',
  'Every token runs all {steps} steps: the mean over all of them is read (use_weighted_exit).':
    'Jedes Token durchläuft alle {steps} Schritte: Gelesen wird ihr Mittel (use_weighted_exit).',
}
