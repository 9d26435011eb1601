import type { Words } from '../en/index.ts'

export const settings: Words['settings'] = {
  title: 'Einstellungen',
  cancel: 'Abbrechen',
  save: 'Speichern',
  resetAll: 'Alles zurücksetzen',

  appearance: 'Aussehen',
  themes: { system: 'Wie das System', light: 'Hell', dark: 'Dunkel' },
  textSize: 'Schriftgröße',
  textSizes: { small: 'Klein', normal: 'Mittel', large: 'Groß', largest: 'Sehr groß' },
  language: 'Sprache',
  languages: { system: 'System', en: 'English', de: 'Deutsch' },

  tellMe: 'Benachrichtige mich, wenn eine Antwort fertig wird, während dieses Fenster nicht vorn ist',
  notifications: { preview: 'Mit ihren ersten Wörtern', plain: 'Nur, dass sie da ist', off: 'Aus' },
  notAllowed:
    'Dieser Browser lässt keine Benachrichtigungen von dieser Seite zu. Du kannst das in seinen Einstellungen für die Seite ändern.',

  howWritten: 'Wie Antworten geschrieben werden',
  backToNone: 'Zurück zu keinem',
  backToOwn: 'Zurück zum Wert des Modells',
  backToNew: 'Zurück zu jedes Mal einem neuen',
  sameAsSettings: 'Wie in den Einstellungen',
  backTo: (back, value) => `${back}: ${value === '' ? 'keine' : value}`,
  seed: 'Seed',
  seedHint:
    'Gleicher Seed, gleiche Frage und gleiche Einstellungen ergeben wieder dieselbe Antwort. Leer: ein neuer für jede Antwort.',
  seedWrong: 'Leer oder eine ganze Zahl bis 4294967295.',
  random: 'zufällig',
  stop: 'Stoppfolgen',
  stopHint:
    'Eine Antwort endet, bevor sie eine dieser Zeichenfolgen schreiben würde. Eine je Zeile; \\n steht für einen Zeilenumbruch. Leer: Sie endet von selbst.',
  stopWrong: 'Höchstens 16 Zeilen mit je höchstens 200 Zeichen.',
  systemPrompt: 'System-Prompt',
  systemPromptHint:
    'Was das Modell vor deiner ersten Nachricht liest: wer es sein soll, wie es antworten soll. Kleine Modelle halten sich nur ungefähr daran; es nimmt der Unterhaltung Platz weg.',
  systemPromptUnread: 'Das geladene Modell setzt Texte fort und liest keinen System-Prompt.',
  systemPromptWrong: 'Höchstens 50.000 Zeichen.',
  systemPromptExample: 'Zum Beispiel: Du bist eine geduldige Lehrerin. Antworte in zwei Sätzen.',
  numbers: {
    temperature: {
      label: 'Temperatur',
      does: 'Wie frei das nächste Wort gewählt wird. Höher: abwechslungsreicher, aber mehr Fehler; niedriger: mehr Wiederholungen; bei 0 wird immer das wahrscheinlichste genommen.',
      wrong: 'Eine Zahl von 0 bis 5.',
    },
    topK: {
      label: 'Top-k',
      does: 'Nur so viele der wahrscheinlichsten Wörter stehen zur Wahl. Höher lässt seltenere Wörter zu; niedriger ist sicherer; 0 lässt alle zu.',
      wrong: 'Eine ganze Zahl, 0 oder mehr.',
    },
    topP: {
      label: 'Top-p',
      does: 'Nur die wahrscheinlichsten Wörter, die zusammen diesen Anteil der Wahrscheinlichkeit haben, stehen zur Wahl. Höher lässt seltenere Wörter zu; niedriger ist sicherer; 1 lässt alle zu.',
      wrong: 'Eine Zahl über 0, höchstens 1.',
    },
    minP: {
      label: 'Min-p',
      does: 'Schließt Wörter aus, die weniger wahrscheinlich sind als dieser Anteil des wahrscheinlichsten. Höher schließt mehr aus; niedriger lässt seltenere Wörter zu; 0 schließt keine aus.',
      wrong: 'Eine Zahl von 0 bis 1.',
    },
    repetitionPenalty: {
      label: 'Wiederholungsstrafe',
      does: 'Macht Wörter, die schon da waren, weniger wahrscheinlich. Höher wiederholt weniger, meidet aber womöglich nötige Wörter; unter 1 wiederholt mehr; 1 ändert nichts.',
      wrong: 'Eine Zahl von 0,1 bis 10.',
    },
    maxTokens: {
      label: 'Höchstens so viele Token',
      does: 'Wo eine Antwort spätestens abgeschnitten wird; ein Token ist etwa drei Viertel eines englischen Wortes. Höher erlaubt längere Antworten; niedriger beendet sie früher.',
      wrong: 'Eine ganze Zahl, 1 oder mehr.',
    },
  },

  presets: 'Vorlagen',
  builtIn: { Balanced: 'Ausgewogen', Precise: 'Genau', Creative: 'Kreativ' },
  renamePreset: (name) => `Vorlage ${name} umbenennen`,
  deletePreset: (name) => `Vorlage ${name} löschen`,
  presetName: 'Name der Vorlage',
  keep: 'Behalten',
  keepAsPreset: 'Als Vorlage behalten',
  presetNameWrong: 'Ein Name von höchstens 60 Zeichen.',
  tooManyPresets: 'Es gibt schon hundert Vorlagen.',
  presetNameTaken: 'Eine andere Vorlage heißt schon so.',

  thisConversation: 'Diese Unterhaltung',
  thisNewChat: 'Dieser neue Chat',
  follows: 'Sie folgt den Einstellungen. Änderungen gelten ab der nächsten Antwort.',
  differs:
    'Was von den Einstellungen abweicht, gilt nur in dieser Unterhaltung. Änderungen gelten ab der nächsten Antwort.',
  follow: 'Den Einstellungen folgen',

  thinking: 'Nachdenken',
  think: 'Vor der Antwort nachdenken',
  cutLoops: 'Einen Gedankengang von selbst beenden, wenn er sich im Kreis dreht',
  keepThoughts: 'Das Modell seine früheren Gedankengänge wieder lesen lassen',
  mostThought: 'Höchstens so viele Token für einen Gedankengang',
  mostThoughtHint:
    'Wo ein Gedankengang spätestens beendet wird; dann folgt die Antwort. Höher lässt länger nachdenken; niedriger antwortet früher. Leer: keine Grenze.',
  mostThoughtWrong: 'Leer oder eine ganze Zahl, 0 oder mehr.',
  noBound: 'keine Grenze',
}
