import type { ContextMenuParams, MenuItemConstructorOptions } from 'electron'

/** What was clicked on, as far as the menu depends on it. */
export type Clicked = Pick<
  ContextMenuParams,
  'isEditable' | 'selectionText' | 'linkURL' | 'misspelledWord' | 'dictionarySuggestions'
> & { editFlags: Pick<ContextMenuParams['editFlags'], 'canCut' | 'canCopy' | 'canPaste' | 'canSelectAll'> }

export interface ContextActions {
  replaceMisspelling(word: string): void
  addToDictionary(word: string): void
  copyText(text: string): void
}

const MOST_SUGGESTIONS = 5

/** The menu of a right click, of the menu key or of Shift+F10; empty where there is nothing to do. */
export function contextTemplate(clicked: Clicked, actions: ContextActions): MenuItemConstructorOptions[] {
  const { isEditable, selectionText, linkURL, editFlags } = clicked
  const isSelected = selectionText.trim() !== ''
  const edit: MenuItemConstructorOptions[] = isEditable
    ? [
        { role: 'cut', enabled: editFlags.canCut && isSelected },
        { role: 'copy', enabled: editFlags.canCopy && isSelected },
        { role: 'paste', enabled: editFlags.canPaste },
        { role: 'selectAll', enabled: editFlags.canSelectAll },
      ]
    : [
        { role: 'copy', enabled: editFlags.canCopy && isSelected },
        { role: 'selectAll', enabled: editFlags.canSelectAll },
      ]
  const address = addressOf(linkURL)
  const link: MenuItemConstructorOptions[] =
    address === null
      ? []
      : [
          {
            label: linkURL.startsWith('mailto:') ? 'Copy Address' : 'Copy Link Address',
            click: () => {
              actions.copyText(address)
            },
          },
        ]
  return separated([spelling(clicked, actions), link, edit])
}

function spelling(
  { isEditable, misspelledWord, dictionarySuggestions }: Clicked,
  actions: ContextActions,
): MenuItemConstructorOptions[] {
  if (!isEditable || misspelledWord === '') return []
  const suggestions = dictionarySuggestions.slice(0, MOST_SUGGESTIONS).map((word) => ({
    label: verbatim(word),
    click: () => {
      actions.replaceMisspelling(word)
    },
  }))
  return [
    ...(suggestions.length > 0 ? suggestions : [{ label: 'No Suggestions', enabled: false }]),
    {
      label: `Add “${verbatim(misspelledWord)}” to Dictionary`,
      click: () => {
        actions.addToDictionary(misspelledWord)
      },
    },
  ]
}

/** What is copied of a link: nothing of one to a page of the app itself. */
function addressOf(link: string): string | null {
  if (link.startsWith('mailto:')) return link.slice('mailto:'.length)
  return /^https?:/.test(link) ? link : null
}

/** An & would mark the letter behind it as the item's key. */
const verbatim = (label: string): string => label.replaceAll('&', '&&')

function separated(groups: MenuItemConstructorOptions[][]): MenuItemConstructorOptions[] {
  return groups
    .filter((group) => group.length > 0)
    .flatMap((group, index): MenuItemConstructorOptions[] => (index === 0 ? group : [{ type: 'separator' }, ...group]))
}
