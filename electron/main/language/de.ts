import { de as shared } from '../../contract/language/de.ts'
import type { MainWords } from './en.ts'

/** What menus, dialogs and notifications say in German. */
export const de: MainWords = {
  menus: { file: '&Datei', edit: '&Bearbeiten', view: '&Ansicht' },
  app: {
    about: (name) => `Über ${name}`,
    hide: (name) => `${name} ausblenden`,
    hideOthers: 'Andere ausblenden',
    showAll: 'Alle einblenden',
    quit: 'Beenden',
    close: 'Fenster schließen',
  },
  file: { newChat: 'Neuer Chat' },
  edit: {
    undo: 'Rückgängig',
    redo: 'Wiederholen',
    cut: 'Ausschneiden',
    copy: 'Kopieren',
    paste: 'Einfügen',
    delete: 'Löschen',
    selectAll: 'Alles auswählen',
  },
  view: {
    reload: 'Neu laden',
    actualSize: 'Originalgröße',
    zoomIn: 'Vergrößern',
    zoomOut: 'Verkleinern',
    fullScreen: 'Vollbild ein/aus',
    developerTools: 'Entwicklerwerkzeuge ein/aus',
  },
  context: {
    copyLink: 'Adresse des Links kopieren',
    copyAddress: 'Adresse kopieren',
    noSuggestions: 'Keine Vorschläge',
    addToDictionary: (word) => `„${word}“ ins Wörterbuch aufnehmen`,
  },
  notification: shared,
  link: { question: 'Diese Adresse außerhalb von Depthwise öffnen?', open: 'Öffnen', cancel: 'Abbrechen' },
  pickModel: { title: 'Ordner eines Modells wählen', add: 'Hinzufügen' },
}
