"""How a conversation becomes text: the chat template of the dense model, with our system prompt as its default."""

import json
from dataclasses import dataclass
from pathlib import Path

from jinja2.sandbox import ImmutableSandboxedEnvironment

SYSTEM = "You are a helpful AI assistant named Depthwise, running offline on this computer."
THEIRS = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
Message = dict[str, str]


@dataclass
class Chat:
    """template: jinja of tokenizer_config.json; tokens: its named special tokens; special: spellings of all of them."""

    template: str
    tokens: dict[str, str]
    special: list[str]

    def __post_init__(self):
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        self.compiled = environment.from_string(self.template)

    def render(self, messages: list[Message], begin_answer: bool = False) -> str:
        return self.compiled.render(messages=messages, add_generation_prompt=begin_answer, **self.tokens)

    def clean(self, text: str) -> str:
        """Text in which no turn can be forged: the special tokens' spellings are removed."""
        for token in self.special:
            text = text.replace(token, "")
        return text

    def conversation(self, messages: list[Message], system: bool) -> list[tuple[str, bool]]:
        """Pieces of text, each with whether it is an answer and the end of its turn. system: with our system prompt."""
        begun: list[Message] = [{"role": "system", "content": SYSTEM}]
        written = "" if system else self.render(begun)
        pieces = []
        for message in messages:
            if message["role"] == "assistant":
                before = self.render(begun, begin_answer=True)
                pieces.append((before.removeprefix(written), False))
                written = before
            begun.append({"role": message["role"], "content": self.clean(message["content"])})
            text = self.render(begun)
            piece, written = text.removeprefix(written), text
            answer = piece.rstrip() if message["role"] == "assistant" else ""
            pieces += [(answer, True), (piece.removeprefix(answer), False)]
        return [(text, answer) for text, answer in pieces if text]

    def text(self, messages: list[Message], system: bool) -> str:
        return "".join(piece for piece, _ in self.conversation(messages, system))


def read_chat(folder: Path) -> Chat:
    """From tokenizer_config.json of a Hugging Face folder or a model folder."""
    config = json.loads((folder / "tokenizer_config.json").read_text())
    named = {name: config[name] for name in ("bos_token", "eos_token", "unk_token", "pad_token") if config.get(name)}
    tokens = {name: token if isinstance(token, str) else token["content"] for name, token in named.items()}
    special = [token["content"] for token in config.get("added_tokens_decoder", {}).values() if token.get("special")]
    return Chat(config["chat_template"].replace(THEIRS, SYSTEM), tokens, sorted({*special, *tokens.values()}))
