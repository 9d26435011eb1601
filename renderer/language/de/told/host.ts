import type { Told } from '../../told.ts'

/** What happened when the app started, and why a download waits. */
export const host: Told = {
  'Your conversations were brought to a newer format.': 'Deine Unterhaltungen haben jetzt ein neueres Format.',
  'A copy of before is at {place}.': 'Wie sie vorher waren, steht in {place}.',
  'One answer had not been complete when Depthwise went away; it was kept and marked.':
    'Eine Antwort war nicht fertig, als Depthwise endete; sie wurde behalten und gekennzeichnet.',
  '{count} answers had not been complete when Depthwise went away; they were kept.':
    '{count} Antworten waren nicht fertig, als Depthwise endete; sie wurden behalten.',
  'The newest of your conversations may be missing: Depthwise had not been closed, and the file history.sqlite-wal, which held what was written last, is gone.':
    'Die neuesten deiner Unterhaltungen fehlen vielleicht: Depthwise war nicht beendet worden, und die Datei history.sqlite-wal mit dem, was zuletzt geschrieben wurde, ist verschwunden.',
  'If you have moved or copied the folder, close Depthwise and put that file back.':
    'Wenn du den Ordner verschoben oder kopiert hast, beende Depthwise und lege diese Datei zurück.',

  'It is tried again in a second.': 'In einer Sekunde geht es weiter.',
  'It is tried again in {seconds} seconds.': 'In {seconds} Sekunden geht es weiter.',
  'Nothing has arrived for a second.': 'Seit einer Sekunde ist nichts angekommen.',
  'Nothing has arrived for {seconds} seconds.': 'Seit {seconds} Sekunden ist nichts angekommen.',
  'The Hub has had too many requests from here.': 'Der Hub hatte zu viele Anfragen von hier.',
  'The Hub cannot answer just now (HTTP {status}).': 'Der Hub kann gerade nicht antworten (HTTP {status}).',
  'The server that holds the file refused it (HTTP {status}).':
    'Der Server, auf dem die Datei liegt, hat sie nicht herausgegeben (HTTP {status}).',
  'The connection to the Hub ended too early.': 'Die Verbindung zum Hub endete zu früh.',
  'The connection to the Hub broke ({why}).': 'Die Verbindung zum Hub ist abgebrochen ({why}).',
  'The file on the Hub ends before what is here.': 'Die Datei auf dem Hub endet vor dem, was schon hier ist.',
  'The file on the Hub is another one by now.': 'Die Datei auf dem Hub ist inzwischen eine andere.',
}
