import type { Told } from '../../told.ts'

/** What the library says of a model that has not been loaded. */
export const models: Told = {
  'What the slider means for it shows when it has been loaded.':
    'Was der Regler bewirkt, zeigt sich, wenn es geladen ist.',
  'It runs each of its {layers} layers once for every token: there is nothing for the slider to leave out.':
    'Jedes Token durchläuft jede der {layers} Schichten einmal: Der Regler hat nichts, was er auslassen könnte.',
  "How many of its {loops} loops a token runs: the model's own exit gate says which tokens leave earlier.":
    'Wie viele der {loops} Schleifen ein Token durchläuft: Welche Token früher aussteigen, sagt das Exit-Gate des Modells.',
  'Every token runs all {loops} loops: it was trained for that number, and the slider does nothing.':
    'Jedes Token durchläuft alle {loops} Schleifen: Für diese Zahl wurde es trainiert, und der Regler bewirkt nichts.',
  'How long a token may think: between one step and {steps}; a token stops when its state has settled.':
    'Wie lange ein Token nachdenken darf: zwischen einem Schritt und {steps}; es hört auf, wenn sein Zustand zur Ruhe gekommen ist.',
  'Every token runs all {cycles} cycles of its two stacks, and the slider does nothing.':
    'Jedes Token durchläuft alle {cycles} Zyklen der beiden Stapel, und der Regler bewirkt nichts.',
  'How many of its recursions 2 to {last} are run: a router lets the tokens through that gain most.':
    'Wie viele der Rekursionen 2 bis {last} gerechnet werden: Ein Router lässt die Token durch, die am meisten gewinnen.',

  'The model that the slider is largest on: one to four loops, by its own exit gate.':
    'Das Modell, bei dem der Regler am meisten bewirkt: eine bis vier Schleifen, nach seinem eigenen Exit-Gate.',
  'The larger of the two, and the better reasoner; it takes twice the time and memory.':
    'Das größere der beiden und das klügere; es braucht doppelt so viel Zeit und Speicher.',
  'The strongest looped model of its size; it always runs both loops.':
    'Das stärkste Modell mit Schleifen in seiner Größe; es durchläuft immer beide.',
  'The classic of recurrent depth: every token thinks until its state settles, up to 32 steps.':
    'Der Klassiker der rekurrenten Tiefe: Jedes Token denkt nach, bis sein Zustand zur Ruhe kommt, höchstens 32 Schritte lang.',
  'A Llama 3.2 made recurrent, trained with 4 steps on average: good at 1 to 8.':
    'Ein Llama 3.2, rekurrent gemacht und mit im Mittel 4 Schritten trainiert: gut bei 1 bis 8.',
  'A Llama 3.2 made recurrent, trained with 8 steps on average: mathematics gains up to there.':
    'Ein Llama 3.2, rekurrent gemacht und mit im Mittel 8 Schritten trainiert: Bis dahin wird es in Mathematik besser.',
  'A Llama 3.2 made recurrent, trained with 16 steps on average.':
    'Ein Llama 3.2, rekurrent gemacht und mit im Mittel 16 Schritten trainiert.',
  'A Llama 3.2 made recurrent, trained with 32 steps on average: the widest slider of the four.':
    'Ein Llama 3.2, rekurrent gemacht und mit im Mittel 32 Schritten trainiert: der weiteste Regler der vier.',
  'Two stacks that take turns; for research, not for conversation.':
    'Zwei Stapel, die sich abwechseln; für die Forschung, nicht zum Plaudern.',
  'What the built-in model was made of: small and quick.':
    'Woraus das eingebaute Modell entstanden ist: klein und schnell.',
  'A small model for plain questions, without a slider.': 'Ein kleines Modell für einfache Fragen, ohne Regler.',
  'A dense model to compare looped ones of its size with.':
    'Ein gewöhnliches Modell, um solche mit Schleifen in seiner Größe daran zu messen.',
  'The smallest dense model that thinks before it answers.':
    'Das kleinste gewöhnliche Modell, das nachdenkt, bevor es antwortet.',
  'A dense model that thinks, to compare Ouro with.':
    'Ein gewöhnliches Modell, das nachdenkt, um Ouro daran zu messen.',
  'A dense model that much else is measured by; its maker wants its terms accepted.':
    'Ein gewöhnliches Modell, an dem vieles gemessen wird; sein Hersteller verlangt, dass man seinen Bedingungen zustimmt.',

  'apache-2.0 (made of Llama 3.2)': 'apache-2.0 (aus Llama 3.2 entstanden)',

  "Accept the model's terms on its page, then give Depthwise a token.":
    'Stimme auf der Seite des Modells seinen Bedingungen zu und gib Depthwise dann ein Token.',
  'Its makers give it to those who accept their terms on its page.':
    'Seine Hersteller geben es denen, die auf seiner Seite ihren Bedingungen zustimmen.',
  'It reads a prompt slowly: at full depth on two cores, 200 tokens of it take one to three minutes.':
    'Es liest einen Prompt langsam: Bei voller Tiefe auf zwei Kernen brauchen 200 Token davon ein bis drei Minuten.',
  'It was trained to complete a text once, not to hold a conversation.':
    'Es wurde darauf trainiert, einen Text einmal fortzusetzen, nicht auf ein Gespräch.',
  'It has no chat template: it continues texts rather than answering.':
    'Es hat keine Chat-Vorlage: Es setzt Texte fort, statt zu antworten.',
  'LM Studio keeps it.': 'Es gehört zu LM Studio.',
  'Ollama keeps it.': 'Es gehört zu Ollama.',
  'The file stores matrices as {types}, which this runtime does not compute with: they were rounded once more, which changes answers a little.':
    ({ types = '' }) =>
      `Die Datei speichert Matrizen als ${types.replace(' and ', ' und ')}, womit hier nicht gerechnet wird: Sie wurden noch einmal gerundet, was die Antworten ein wenig verändert.`,
}
