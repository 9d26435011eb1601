import type { Told } from '../../told.ts'

/** What goes wrong every day. What is not here is told by its code, with the English sentence behind it. */
export const failures: Told = {
  'There is no config.json in this folder.': 'In diesem Ordner ist keine config.json.',
  'There is no tokenizer.json in this folder.': 'In diesem Ordner ist keine tokenizer.json.',
  'Its folder is not there any more.': 'Seinen Ordner gibt es nicht mehr.',
  'This file is not there any more.': 'Diese Datei gibt es nicht mehr.',
  'This model is not on this machine any more.': 'Dieses Modell ist nicht mehr auf diesem Rechner.',
  'There is no model: give a folder with a config.json in it, or a GGUF file.':
    'Da ist kein Modell: Gib einen Ordner mit einer config.json an oder eine GGUF-Datei.',
  'The file {name} is neither a model folder nor a GGUF file.':
    'Die Datei {name} ist weder ein Ordner eines Modells noch eine GGUF-Datei.',
  'There is no such model.': 'Ein solches Modell gibt es nicht.',
  'Choose a folder with a config.json in it, or a GGUF file.':
    'Wähle einen Ordner mit einer config.json oder eine GGUF-Datei.',
  'This folder was imported by another version of Depthwise.':
    'Dieser Ordner wurde von einer anderen Version von Depthwise importiert.',
  'Import the model again.': 'Importiere das Modell noch einmal.',
  'Its config.json cannot be read.': 'Seine config.json lässt sich nicht lesen.',
  'Its config.json does not say what the model is (model_type).':
    'In seiner config.json steht nicht, was für ein Modell es ist (model_type).',
  'Models of type {type} cannot be run.': 'Modelle vom Typ {type} kann Depthwise nicht ausführen.',
  'It was quantised for MLX already.': 'Es wurde schon für MLX quantisiert.',
  'Use the folder that it was made of.': 'Nimm den Ordner, aus dem es entstanden ist.',
  'The model could not be deleted.': 'Das Modell ließ sich nicht löschen.',
  '{model} does not fit into this machine’s memory beside the app’s model.':
    '{model} passt nicht neben das Modell der App in den Speicher dieses Rechners.',
  'Use it for all conversations instead, or choose 4 bits for it.':
    'Nimm es stattdessen für alle Unterhaltungen oder wähle 4 Bit dafür.',
  'This conversation is to be answered by {model}, which is not on this machine any more.':
    'In dieser Unterhaltung soll {model} antworten, und das ist nicht mehr auf diesem Rechner.',
  'Let the app’s model answer, or choose another one.': 'Lass das Modell der App antworten oder wähle ein anderes.',

  'This is no repository of the Hub.': 'Das ist kein Repository des Hub.',
  'Give its name, as in ByteDance/Ouro-1.4B-Thinking, or its address.':
    'Gib seinen Namen an, wie ByteDance/Ouro-1.4B-Thinking, oder seine Adresse.',
  '“{name}” is no name of a branch, tag or commit.': '„{name}“ ist kein Name eines Branch, Tag oder Commit.',
  'See that this machine is online, then try again.':
    'Sieh nach, ob dieser Rechner online ist, und versuche es noch einmal.',
  'Try again in a second; with a token the Hub allows more.':
    'Versuche es in einer Sekunde noch einmal; mit einem Token erlaubt der Hub mehr.',
  'Try again in {seconds} seconds; with a token the Hub allows more.':
    'Versuche es in {seconds} Sekunden noch einmal; mit einem Token erlaubt der Hub mehr.',
  '{repository} is given only to those who accept its terms.':
    '{repository} bekommt nur, wer den Bedingungen dafür zustimmt.',
  'Accept them on its page with the account of your token, and wait until its makers let you in.':
    'Stimme ihnen auf seiner Seite mit dem Konto deines Tokens zu und warte, bis seine Hersteller dich einlassen.',
  '{repository} has no branch, tag or commit “{name}”.': '{repository} hat keinen Branch, Tag oder Commit „{name}“.',
  '{repository} has no file {file}.': '{repository} hat keine Datei {file}.',
  'The Hub has taken {repository} down.': 'Der Hub hat {repository} gesperrt.',
  'The Hub does not know this token.': 'Der Hub kennt dieses Token nicht.',
  'Make a new one on its page of access tokens.': 'Erzeuge auf seiner Seite für Zugangstoken ein neues.',
  'The Hub shows no model {repository}: there is none of that name, or it is private and your token may not see it.':
    'Der Hub zeigt kein Modell {repository}: Es gibt keines mit diesem Namen, oder es ist privat und dein Token darf es nicht sehen.',
  'The Hub shows no model {repository}: there is none of that name, or it is private, or it is given only to those who accept its terms.':
    'Der Hub zeigt kein Modell {repository}: Es gibt keines mit diesem Namen, oder es ist privat, oder es bekommt nur, wer den Bedingungen dafür zustimmt.',
  'For the last two, give Depthwise a token.': 'Für die beiden letzten Fälle gib Depthwise ein Token.',
  'HF_HUB_OFFLINE is set on this machine, so the Hub is not asked.':
    'Auf diesem Rechner ist HF_HUB_OFFLINE gesetzt; darum wird der Hub nicht gefragt.',
  '{repository} is being downloaded already.': '{repository} wird schon heruntergeladen.',
  'This repository has no config.json: it is no language model, or a part of one.':
    'Dieses Repository hat keine config.json: Es ist kein Sprachmodell oder nur ein Teil davon.',
  'This repository holds GGUF files only.': 'Dieses Repository enthält nur GGUF-Dateien.',
  'Download one, and add the file.': 'Lade eine herunter und füge die Datei hinzu.',
  '{repository} has no tokenizer.json, so Depthwise could not read what is written to it.':
    '{repository} hat keine tokenizer.json; darum könnte Depthwise nicht lesen, was man ihm schreibt.',
  'The disk is full.': 'Der Datenträger ist voll.',
  'Make room, then resume the download.': 'Schaffe Platz und setze den Download dann fort.',

  'There is nothing to send yet.': 'Es gibt noch nichts zu senden.',
  'Write something first.': 'Schreibe erst etwas.',
  'An answer needs a text.': 'Eine Antwort braucht einen Text.',
  'An answer is still being written.': 'Eine Antwort wird noch geschrieben.',
  'An answer of this conversation is still being written.': 'Eine Antwort dieser Unterhaltung wird noch geschrieben.',
  'Wait for its end, or stop it first.': 'Warte ihr Ende ab oder halte sie an.',
  'There is nothing to continue: this answer has no text.':
    'Es gibt nichts fortzusetzen: Diese Antwort hat keinen Text.',
  'This conversation is no longer there.': 'Diese Unterhaltung gibt es nicht mehr.',
  'This message is no longer there.': 'Diese Nachricht gibt es nicht mehr.',
  'This folder is no longer there.': 'Diesen Ordner gibt es nicht mehr.',
  'This file is no longer there.': 'Diese Datei gibt es nicht mehr.',
  'A file of this message is no longer there.': 'Eine Datei dieser Nachricht gibt es nicht mehr.',
  'Attach it again.': 'Hänge sie noch einmal an.',
  'Depthwise was closed before this answer was complete.': 'Depthwise wurde beendet, bevor diese Antwort fertig war.',
  'Depthwise went away before this answer was complete.': 'Depthwise endete, bevor diese Antwort fertig war.',
  'What had been written was kept.': 'Was schon geschrieben war, wurde behalten.',
  'The engine went away before this answer was complete ({why}).':
    'Der Prozess mit dem Modell endete, bevor diese Antwort fertig war ({why}).',
  'What it had written was kept.': 'Was schon geschrieben war, wurde behalten.',
  'Loading was cancelled.': 'Das Laden wurde abgebrochen.',
  'No model is loaded.': 'Es ist kein Modell geladen.',
  'A measurement is under way already.': 'Eine Messung ist schon im Gang.',
  'The engine went away while it measured.': 'Der Prozess mit dem Modell endete während der Messung.',
  'Start the measurement again.': 'Beginne die Messung noch einmal.',
  'The disk is full, so the conversation could not be saved.':
    'Der Datenträger ist voll; darum ließ sich die Unterhaltung nicht speichern.',
  'Free some space and try again.': 'Schaffe Platz und versuche es noch einmal.',
}
