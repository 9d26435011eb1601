/**
 * What its authors put around a prompt: the beginning of a question, what kind of answer is wanted (`synth,cot`: written out
 * step by step), the prompt, its end; an answer ends with <|box_end|> (sapientinc/HRM-Text, tokenize_prompt). The model knows
 * no conversations, so that only the last question counts, with a system message before it.
 */
export const HRM_TEMPLATE = [
  `{%- set last = namespace(at=0) -%}`,
  `{%- for message in messages -%}{%- if message.role == 'user' -%}{%- set last.at = loop.index0 -%}{%- endif -%}{%- endfor -%}`,
  `{%- set system = messages[0].content + '\\n\\n' if messages[0].role == 'system' else '' -%}`,
  `{%- for message in messages -%}{%- if loop.index0 >= last.at and message.role != 'system' -%}`,
  `{%- if message.role == 'user' -%}`,
  `{{ '<|im_start|><|quad_end|><|object_ref_end|>' + system + message.content + '<|im_end|>' }}`,
  `{%- else -%}{{ message.content + '<|box_end|>' }}{%- endif -%}`,
  `{%- endif -%}{%- endfor -%}`,
].join('')
