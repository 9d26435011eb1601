import { mount } from 'svelte'
import App from './App.svelte'
import { connect } from './connection/index.ts'
import { conversationInAddress } from './state/address.svelte.ts'
import { viewInAddress } from './state/navigation.svelte.ts'
import { Workspace } from './state/workspace.svelte.ts'
import './styles/tokens.css'
import './styles/base.css'
import './styles/prose.css'
import './styles/range.css'

mount(App, {
  target: document.body,
  props: { workspace: new Workspace(connect(), conversationInAddress(), viewInAddress()) },
})
