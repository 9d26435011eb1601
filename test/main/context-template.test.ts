import { describe, expect, it, vi } from 'vitest'
import type { Clicked } from '../../electron/main/context-template.ts'
import { contextTemplate } from '../../electron/main/context-template.ts'
import { en } from '../../electron/main/language/en.ts'

const NOWHERE: Clicked = {
  isEditable: false,
  selectionText: '',
  linkURL: '',
  misspelledWord: '',
  dictionarySuggestions: [],
  editFlags: { canCut: false, canCopy: false, canPaste: false, canSelectAll: true },
}
const FIELD: Clicked = {
  ...NOWHERE,
  isEditable: true,
  // as Chromium tells of a text field without a selection, with something on the clipboard
  editFlags: { canCut: false, canCopy: false, canPaste: true, canSelectAll: true },
}

function menuOf(clicked: Clicked) {
  const actions = { replaceMisspelling: vi.fn(), addToDictionary: vi.fn(), copyText: vi.fn() }
  const items = contextTemplate(clicked, actions, en)
  const lines = items.map(
    ({ role, label, type, enabled }) => `${enabled === false ? '-' : ''}${role ?? label ?? type ?? ''}`,
  )
  const choose = (label: string): void => {
    const found = items.find((item) => item.label === label)
    // as Electron calls it; nothing of what it gives is used
    ;(found?.click as unknown as () => void)()
  }
  return { lines, actions, choose }
}

describe('the context menu', () => {
  it('offers nothing to cut or paste into on text that is only read', () => {
    expect(menuOf(NOWHERE).lines).toEqual(['-copy', 'selectAll'])
    const selected = { ...NOWHERE, selectionText: 'the sea', editFlags: { ...NOWHERE.editFlags, canCopy: true } }
    expect(menuOf(selected).lines).toEqual(['copy', 'selectAll'])
  })

  it('enables in a field only what applies', () => {
    expect(menuOf(FIELD).lines).toEqual(['-cut', '-copy', 'paste', 'selectAll'])
    const editFlags = { canCut: true, canCopy: true, canPaste: false, canSelectAll: true }
    expect(menuOf({ ...FIELD, selectionText: 'a', editFlags }).lines).toEqual(['cut', 'copy', '-paste', 'selectAll'])
  })

  it('puts a suggestion in place, and takes a word into the dictionary', () => {
    const misspelled = {
      ...FIELD,
      misspelledWord: 'R&Dd',
      dictionarySuggestions: ['R&D', 'Rd', 'Red', 'Rod', 'Rid', 'R'],
    }
    const { lines, actions, choose } = menuOf(misspelled)
    expect(lines.slice(0, 7)).toEqual(['R&&D', 'Rd', 'Red', 'Rod', 'Rid', 'Add “R&&Dd” to Dictionary', 'separator'])
    choose('R&&D')
    expect(actions.replaceMisspelling).toHaveBeenCalledExactlyOnceWith('R&D')
    choose('Add “R&&Dd” to Dictionary')
    expect(actions.addToDictionary).toHaveBeenCalledExactlyOnceWith('R&Dd')
  })

  it('says where there is no suggestion, and speaks of no spelling outside of fields', () => {
    expect(menuOf({ ...FIELD, misspelledWord: 'xqzt' }).lines[0]).toBe('-No Suggestions')
    expect(menuOf({ ...NOWHERE, misspelledWord: 'xqzt' }).lines).toEqual(['-copy', 'selectAll'])
  })

  it('copies the address of a link to the web or to mail, and of no page of its own', () => {
    const web = menuOf({ ...NOWHERE, linkURL: 'https://example.org/loops?a=1&b=2' })
    expect(web.lines).toEqual(['Copy Link Address', 'separator', '-copy', 'selectAll'])
    web.choose('Copy Link Address')
    expect(web.actions.copyText).toHaveBeenCalledExactlyOnceWith('https://example.org/loops?a=1&b=2')
    const mail = menuOf({ ...NOWHERE, linkURL: 'mailto:a@example.org' })
    mail.choose('Copy Address')
    expect(mail.actions.copyText).toHaveBeenCalledExactlyOnceWith('a@example.org')
    expect(menuOf({ ...NOWHERE, linkURL: 'app://bundle/#3' }).lines).toEqual(['-copy', 'selectAll'])
  })
})
