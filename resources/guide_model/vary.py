"""Varies a way of asking as people do: casing, punctuation, slips of the finger, polite frames."""

import random

FRAMES = {
    "en": (
        "{}, please", "please tell me: {}", "can you tell me {}", "hi, {}", "hello, {}", "hey, {}",
        "quick question: {}", "{}, thanks", "i have a question, {}", "i would like to know {}",
        "i was wondering: {}", "could you help me? {}", "so {}", "ok, {}", "ok and {}", "and {}",
        "um, {}", "sorry, {}", "one more thing: {}", "{} thank you", "{}, can you explain",
        "tell me, {}", "dear guide, {}", "i'm new here. {}", "excuse me, {}", "my question is {}",
        "then {}", "also, {}", "{}? i would like to know", "good morning, {}",
    ),
    "zh": (
        "请问{}", "你好，{}", "您好，请问{}", "想问一下{}", "我想知道{}", "麻烦告诉我{}", "{}，谢谢",
        "请教一下，{}", "那么{}", "那{}", "还有，{}", "再问一个，{}", "顺便问一下，{}", "嗯，{}",
        "不好意思，{}", "{}？谢谢", "{}呢", "能告诉我{}吗", "老师，{}", "我是新手，{}", "{}，请说明一下",
        "对了，{}", "能不能说说{}", "好的，{}", "小助手，{}",
    ),
}  # fmt: skip
NEIGHBOURS = {
    "a": "qsz", "b": "vgn", "c": "xvd", "d": "sfe", "e": "wrd", "f": "dgr", "g": "fht", "h": "gjy",
    "i": "uok", "j": "hku", "k": "jli", "l": "ko", "m": "n", "n": "bm", "o": "ipl", "p": "ol",
    "q": "wa", "r": "etf", "s": "adw", "t": "ryg", "u": "yij", "v": "cb", "w": "qes", "x": "zc",
    "y": "tuh", "z": "xa",
}  # fmt: skip
SAME = {
    "en": (
        ("large language model", "llm", "language model", "big language model"),
        ("the app", "this app", "this program", "desktop llm", "the program"),
        ("can i", "could i", "is it possible to", "how can i"),
        ("how do i", "how can i", "how to", "how would i", "what is the way to"),
        ("what is", "what's", "whats", "what exactly is", "define", "explain"),
        ("what are", "what exactly are", "explain"),
        ("chats", "conversations"), ("chat", "conversation"), ("reply", "answer", "response"),
        ("replies", "answers", "responses"), ("message", "prompt"), ("computer", "pc", "machine"),
        ("where is", "where do i find", "where can i find"),
    ),
    "zh": (
        ("大语言模型", "大模型", "语言模型", "LLM"),
        ("这个程序", "这个软件", "这个应用", "Desktop LLM"),
        ("怎么", "怎样", "如何"), ("什么是", "解释一下", "说说", "介绍一下"),
        ("是什么", "是什么意思", "是指什么"), ("对话", "会话", "聊天"), ("回复", "回答"),
        ("电脑", "计算机"), ("为什么", "为啥", "为何"), ("吗", "么", "嘛"), ("在哪里", "在哪儿", "在哪"),
    ),
}  # fmt: skip
SMALL_WORDS = {
    "en": frozenset(
        [
            "the",
            "a",
            "an",
            "of",
            "to",
            "in",
            "do",
            "does",
            "is",
            "are",
            "i",
            "it",
            "can",
            "you",
            "me",
            "my",
            "on",
            "for",
            "and",
            "so",
            "please",
        ]
    ),
    "zh": frozenset("的了吗呢啊吧呀就都也"),
}


def varied(rng: random.Random, question: str, language: str) -> str:
    """Another way to write the same question; one in four is left as it was."""
    if rng.random() < 0.25:
        return question
    text = question
    if rng.random() < 0.35:
        text = _other_words(rng, text, language)
    if rng.random() < 0.2:
        text = _without_a_small_word(rng, text, language)
    if rng.random() < 0.15:
        text = _without_any_word(rng, text)
    if rng.random() < 0.25 and len(text) > 3:
        text = rng.choice(FRAMES[language]).format(text.rstrip("?？.。!！ "))
    if rng.random() < 0.15 and len(text) > 5:
        text = _slipped(rng, text, language)
    return _punctuated(rng, _cased(rng, text), language)


def _other_words(rng: random.Random, text: str, language: str) -> str:
    for group in SAME[language]:
        low = text.lower()
        for phrase in group:
            start = low.find(phrase.lower())
            if start >= 0 and _whole(text, start, start + len(phrase), language):
                other = rng.choice(group)
                text = text[:start] + other + text[start + len(phrase) :]
                break
    return text


def _whole(text: str, start: int, end: int, language: str) -> bool:
    """Whether the piece is not a part of a longer English word."""
    if language == "zh":
        return True
    before = start > 0 and text[start - 1].isalpha()
    after = end < len(text) and text[end].isalpha()
    return not (before or after)


def _without_a_small_word(rng: random.Random, text: str, language: str) -> str:
    pieces = text.split(" ") if language == "en" else list(text)
    small = [i for i, piece in enumerate(pieces) if piece.lower() in SMALL_WORDS[language]]
    if not small or len(pieces) < 4:
        return text
    del pieces[rng.choice(small)]
    return (" " if language == "en" else "").join(pieces)


def _without_any_word(rng: random.Random, text: str) -> str:
    pieces = text.split(" ")
    if len(pieces) < 6:
        return text
    del pieces[rng.randrange(len(pieces))]
    return " ".join(pieces)


def _slipped(rng: random.Random, text: str, language: str) -> str:
    """One or two slips: a letter left out, doubled, swapped with its neighbour, or a wrong key."""
    for _ in range(1 + (len(text) > 25 and rng.random() < 0.4)):
        spot = rng.randrange(1, len(text) - 1)
        letter = text[spot]
        if not letter.isalpha():
            continue
        kind = rng.randrange(4)
        if kind == 0 or (kind == 3 and letter.lower() not in NEIGHBOURS):
            text = text[:spot] + text[spot + 1 :]
        elif kind == 1 and language == "en":
            text = text[:spot] + letter + text[spot:]
        elif kind == 2:
            text = text[:spot] + text[spot + 1] + letter + text[spot + 2 :]
        elif letter.lower() in NEIGHBOURS:
            text = text[:spot] + rng.choice(NEIGHBOURS[letter.lower()]) + text[spot + 1 :]
    return text


def _cased(rng: random.Random, text: str) -> str:
    chance = rng.random()
    if chance < 0.3:
        return text[:1].upper() + text[1:]
    if chance < 0.55:
        return text.lower()
    if chance < 0.6:
        return text.upper()
    if chance < 0.63:
        return text.title()
    return text


def _punctuated(rng: random.Random, text: str, language: str) -> str:
    text = text.rstrip("?？.。!！ ")
    marks = ("", "?", "?", ".", "??", " ?", "!", "...") if language == "en" else (
        "", "？", "？", "?", "。", "？？", "！", "……"
    )  # fmt: skip
    return text + rng.choice(marks)
