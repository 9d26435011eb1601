import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { DepthwiseError } from '../common/errors.ts'
import { TurnSchema } from '../common/values.ts'
import type { ModelTokenizer } from '../formats/tokenizer.ts'

const DocumentSchema = v.union([v.object({ messages: v.array(TurnSchema) }), v.object({ text: v.string() })])
type Document = v.InferOutput<typeof DocumentSchema>

/** @throws DepthwiseError MODEL_TOKENIZER */
export function idsOf(document: Document, tokenizer: ModelTokenizer): number[] {
  return 'messages' in document ? tokenizer.encodeChat(document.messages, false) : tokenizer.encodeText(document.text)
}

/** Texts and conversations, one a line. @param maxChars longer ones are left out @throws DepthwiseError BAD_ARGUMENT */
export function readDocuments(path: string, maxChars: number): Document[] {
  let lines: string[]
  try {
    lines = readFileSync(path, 'utf8').split('\n')
  } catch (cause) {
    throw new DepthwiseError('BAD_ARGUMENT', `The texts ${path} cannot be read.`, { detail: path, cause })
  }
  const documents = lines.flatMap((line, i) => (line.trim() === '' ? [] : [readDocument(line, `${path}:${i + 1}`)]))
  return documents.filter((document) => {
    const parts = 'messages' in document ? document.messages.map((turn) => turn.content) : [document.text]
    return parts.every((part) => part.length < maxChars)
  })
}

function readDocument(line: string, where: string): Document {
  try {
    return v.parse(DocumentSchema, JSON.parse(line))
  } catch (cause) {
    throw new DepthwiseError('BAD_ARGUMENT', `${where} is neither {"messages": […]} nor {"text": "…"}.`, {
      detail: where,
      cause,
    })
  }
}
