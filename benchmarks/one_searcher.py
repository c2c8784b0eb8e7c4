"""Measures one program that finds passages for a question, set up as its quick start does it.

    python benchmarks/one_searcher.py SYSTEM TEXTS.json MODEL

SYSTEM is `langchain`, `llama-index`, `haystack`, `txtai`, or `faq-bot`, which answers. MODEL is the
directory of the decoded model, TEXTS.json has `questions` and `passages`. Prints milliseconds per
question.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from measuring import PROCESSORS, ROOT, keep_to, memory, processors, tell

_FOUND = 4
_WARM_UP = 20

Search = Callable[[str], object]


def faq_bot(_: Sequence[str], __: str) -> Search:
    """Our bot on the seed article: not only passages, but the whole answer."""
    from faq_bot import FaqBot
    from faq_bot.articles.files import read_articles
    from faq_bot.core.settings import load_settings

    seeds = sorted((ROOT / "seeds").glob("*.txt"))
    articles = [article for path in seeds for article in read_articles(path)]
    settings = load_settings().model_copy(update={"answers_kept": 0})
    return FaqBot.from_articles(articles, settings).ask


def langchain(passages: Sequence[str], model: str) -> Search:
    """LangChain with FAISS."""
    from langchain_community.vectorstores import FAISS
    from langchain_huggingface import HuggingFaceEmbeddings

    embeddings = HuggingFaceEmbeddings(
        model_name=model,
        model_kwargs={"device": "cpu"},
        encode_kwargs={"prompt_name": "passage"},
        query_encode_kwargs={"prompt_name": "query"},
    )
    store = FAISS.from_texts(list(passages), embeddings)
    return lambda question: store.similarity_search(question, k=_FOUND)


def llama_index(passages: Sequence[str], model: str) -> Search:
    """LlamaIndex with its own vector store."""
    from llama_index.core import VectorStoreIndex
    from llama_index.core.schema import TextNode
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    embedding = HuggingFaceEmbedding(
        model_name=model,
        device="cpu",
        query_instruction="query: ",
        text_instruction="passage: ",
    )
    nodes = [TextNode(text=text) for text in passages]
    index = VectorStoreIndex(nodes, embed_model=embedding)
    retriever = index.as_retriever(similarity_top_k=_FOUND)
    return retriever.retrieve


def haystack(passages: Sequence[str], model: str) -> Search:
    """Haystack with its document store in memory."""
    from haystack import Document, Pipeline
    from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack.utils import ComponentDevice
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersDocumentEmbedder,
        SentenceTransformersTextEmbedder,
    )

    device = ComponentDevice.from_str("cpu")
    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    embedder = SentenceTransformersDocumentEmbedder(
        model=model, prefix="passage: ", device=device, progress_bar=False
    )
    embedder.warm_up()
    documents = [Document(content=text) for text in passages]
    store.write_documents(embedder.run(documents)["documents"])
    pipeline = Pipeline()
    asking = SentenceTransformersTextEmbedder(
        model=model, prefix="query: ", device=device, progress_bar=False
    )
    pipeline.add_component("embedder", asking)
    pipeline.add_component("retriever", InMemoryEmbeddingRetriever(store, top_k=_FOUND))
    pipeline.connect("embedder.embedding", "retriever.query_embedding")
    return lambda question: pipeline.run({"embedder": {"text": question}})


def txtai(passages: Sequence[str], model: str) -> Search:
    """The embeddings database txtai."""
    from txtai import Embeddings

    embeddings = Embeddings(
        path=model,
        method="sentence-transformers",
        content=True,
        gpu=False,
        instructions={"query": "query: ", "data": "passage: "},
    )
    embeddings.index(list(passages))
    return lambda question: embeddings.search(question, _FOUND)


def main() -> None:
    """Measure."""
    keep_to(processors()[0])
    os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    system, texts = sys.argv[1], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    systems = {
        "faq-bot": faq_bot,
        "langchain": langchain,
        "llama-index": llama_index,
        "haystack": haystack,
        "txtai": txtai,
    }
    if system != "faq-bot":
        import torch

        torch.set_num_threads(PROCESSORS)
    search = systems[system](texts["passages"], sys.argv[3])
    questions = texts["questions"]
    for question in questions[:_WARM_UP]:
        search(question)
    times = []
    for question in questions:
        start = time.perf_counter()
        search(question)
        times.append(1000 * (time.perf_counter() - start))
    tell({"times": times, "memory": memory()})


if __name__ == "__main__":
    main()
