"""Asks an endpoint through OpenAI's own client for Python and prints what came, as one line of JSON.

Usage: openai_client.py BASE_URL TOKEN
"""

import json
import sys

import openai

client = openai.OpenAI(base_url=sys.argv[1], api_key=sys.argv[2], max_retries=0)
model = client.models.list().data[0].id
messages = [{"role": "user", "content": "Do you like dogs?"}]
asked = {"model": model, "messages": messages, "temperature": 0, "max_tokens": 24}
told = {"version": openai.__version__, "model": model}

whole = client.chat.completions.create(**asked)
told["chat"] = whole.choices[0].message.content
told["finish_reason"] = whole.choices[0].finish_reason
told["usage"] = whole.usage.model_dump()
told["depthwise"] = whole.model_extra["depthwise"]

stream = client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True})
chunks = list(stream)
told["streamed"] = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
told["streamed_usage"] = chunks[-1].usage.model_dump()

told["helper"] = ""
try:
    with client.chat.completions.stream(**asked) as helper:
        for event in helper:
            if event.type == "content.delta":
                told["helper"] += event.delta
except openai.LengthFinishReasonError:
    # this client's way to say that max_tokens ended the answer
    told["helper_error"] = "LengthFinishReasonError"

deep = client.chat.completions.create(**asked, extra_body={"compute_budget": 100})
told["deep"] = deep.model_extra["depthwise"]
told["effort"] = client.chat.completions.create(**asked, reasoning_effort="high").model_extra["depthwise"]

told["completion"] = client.completions.create(model=model, prompt="The sea is", max_tokens=8, temperature=0).choices[0].text

response = client.responses.create(model=model, input="Do you like dogs?", temperature=0, max_output_tokens=24)
told["response"] = response.output_text
told["response_status"] = response.status
with client.responses.stream(model=model, input="Do you like dogs?", temperature=0, max_output_tokens=24) as events:
    told["response_events"] = [event.type for event in events]

errors = {}
for name, more in {
    "n": {"n": 2},
    "response_format": {"response_format": {"type": "json_object"}},
    "compute_budget": {"extra_body": {"compute_budget": 500}},
}.items():
    try:
        client.chat.completions.create(**asked, **more)
    except openai.APIStatusError as error:
        errors[name] = [type(error).__name__, error.param]
try:
    openai.OpenAI(base_url=sys.argv[1], api_key="wrong", max_retries=0).models.list()
except openai.APIStatusError as error:
    errors["token"] = [type(error).__name__, error.code]
told["errors"] = errors

print(json.dumps(told))
