using System.Text;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using NSubstitute;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

/// <summary>Chats and whom they go to.</summary>
internal static class Chats
{
    public const string Hello = """{"model":"m","messages":[{"role":"user","content":"Hello"}]}""";
    public const string HelloStream = """{"model":"m","stream":true,"messages":[{"role":"user","content":"Hello"}]}""";

    private static readonly ProviderId Provider = new(new Guid("11111111-1111-1111-1111-111111111111"));

    public static ChatRequest Read(string json) => ChatRequest.TryParse(Encoding.UTF8.GetBytes(json), out var chat, out var error)
        ? chat
        : throw new ArgumentException($"{error!.Message} in {json}");

    public static InferenceTarget Target(string upstreamModel, IInferenceProvider? provider = null) =>
        new(new Destination(Provider, "main", upstreamModel, Price.Free), upstreamModel, provider ?? Substitute.For<IInferenceProvider>());

    public static UpstreamAccount Account(string baseUrl = "https://api.example.com/v1/", bool asksForUsage = true, string? apiKey = "sk-hunter2") =>
        new(Provider, "main", new Uri(baseUrl), [], asksForUsage, new UpstreamCredentials(apiKey, null, null));

    /// <summary>Between whom the thoughts of such an account's model are, for callers without a key.</summary>
    public static ThoughtOwner Owner(string model) => ThoughtOwner.Of(Account(), Target(model));

    public static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
