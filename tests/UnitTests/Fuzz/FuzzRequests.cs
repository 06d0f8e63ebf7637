using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Common;
using CleanGateway.Application.Embeddings;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Messages;
using CleanGateway.Application.Responses;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.UnitTests.Infrastructure.ProviderAdapters;
using CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Anthropic;
using CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Converse;
using CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Gemini;

namespace CleanGateway.UnitTests.Fuzz;

/// <summary>Requests of callers: read, estimated and, in every language that a provider might speak, written.</summary>
internal static class FuzzRequests
{
    private const int MostGrowth = 16;
    private const int Envelope = 64 * 1024;

    public static Task ChatAsync(byte[] bytes)
    {
        if (!Taken(bytes, ChatRequest.TryParse(bytes, out var chat, out var error), chat, error))
            return Task.CompletedTask;

        using var gemini = new GeminiCalls();
        using var converse = new ConverseCalls();
        using var anthropic = new AnthropicSetup();
        foreach (var (dialect, model) in new (IDialect, string)[]
        {
            (new OpenAiDialect(Chats.Account(), speaksResponses: true), "gpt-4o"), (gemini.Dialect(), "gemini-2.5-pro"),
            (converse.Dialect, "amazon.nova-lite-v1:0"), (anthropic.Dialect, "claude-sonnet-4-5"),
        })
            Write(dialect, chat, model, bytes.Length);
        return Task.CompletedTask;
    }

    public static Task MessagesAsync(byte[] bytes)
    {
        var headers = new MessagesHeaders("2023-06-01", null);
        if (Taken(bytes, MessagesRequest.TryParse(bytes, headers, out var request, out var error), request, error))
        {
            using var anthropic = new AnthropicSetup();
            Write(anthropic.Dialect, request, "claude-sonnet-4-5", bytes.Length);
        }

        return Task.CompletedTask;
    }

    public static Task ResponsesAsync(byte[] bytes)
    {
        if (Taken(bytes, ResponsesRequest.TryParse(bytes, out var request, out var error), request, error))
            Write(new OpenAiDialect(Chats.Account(), speaksResponses: true), request, "gpt-4o", bytes.Length);
        return Task.CompletedTask;
    }

    public static Task EmbeddingsAsync(byte[] bytes)
    {
        if (Taken(bytes, EmbeddingsRequest.TryParse(bytes, out var request, out var error), request, error))
            Write(new OpenAiDialect(Chats.Account(), speaksResponses: true), request, "text-embedding-3-small", bytes.Length);
        return Task.CompletedTask;
    }

    private static bool Taken(byte[] bytes, bool isTaken, InferenceRequest request, GatewayError? error)
    {
        (error is null).Should().Be(isTaken);
        if (error is not null)
        {
            FuzzTargets.Told(error);
            return false;
        }

        StrictJson.Check(bytes).Should().BeNull("what is passed on is JSON that every reader understands the same way");
        request.EstimatePrompt().Should().BeGreaterThanOrEqualTo(0);
        return true;
    }

    private static void Write(IDialect dialect, InferenceRequest request, string model, int length)
    {
        var (message, error) = dialect.Write(request, Chats.Target(model));
        (message is null).Should().NotBe(error is null, "it is one of both");
        if (error is not null)
        {
            FuzzTargets.Told(error);
            return;
        }

        StrictJson.Check(message!.Body.Span).Should().BeNull("{0} is sent", dialect.GetType().Name);
        message.Body.Length.Should().BeLessThan(Envelope + (MostGrowth * length));
        JsonDocument.Parse(message.Body).Dispose();
    }
}
