import { mount } from 'svelte'
import App from './App.svelte'
import { connect } from './connection/index.ts'
import { speak } from './language/language.svelte.ts'
import { conversationInAddress, viewInAddress } from './state/address.svelte.ts'
import { Workspace } from './state/workspace.svelte.ts'
import { front } from './status/front.ts'
import './styles/tokens.css'
import './styles/base.css'
import './styles/prose.css'
import './styles/range.css'

speak('system')
mount(App, {
  target: document.body,
  props: { workspace: new Workspace(connect(), conversationInAddress(), viewInAddress(), front) },
})
