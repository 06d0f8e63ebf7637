using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using CleanGateway.IntegrationTests.Fixtures;
using OpenAI;
using OpenAI.Chat;

namespace CleanGateway.IntegrationTests.Clients;

/// <summary>Tests that call with OpenAI's .NET library, which tries nothing twice unless a test is about that.</summary>
public abstract class DotNetClientTest(GatewayFixture gateway) : GatewayTest(gateway)
{
    private readonly AttemptCounter attempts = new();

    protected static readonly ChatMessage[] Hello = [new UserChatMessage("Say hello!")];

    /// <summary>How often the library has sent something.</summary>
    protected int Attempts => attempts.Count;

    protected ChatClient Chat(string model = "gpt-4", string key = Key, Uri? url = null, bool retrying = false, TimeSpan? timeout = null) =>
        OpenAi(key, url, retrying, timeout).GetChatClient(model);

    protected OpenAIClient OpenAi(string key = Key, Uri? url = null, bool retrying = false, TimeSpan? timeout = null)
    {
        var options = new OpenAIClientOptions { Endpoint = url ?? new Uri(Gateway.Url, "/v1"), NetworkTimeout = timeout };
        if (!retrying)
            options.RetryPolicy = new ClientRetryPolicy(maxRetries: 0);

        options.AddPolicy(attempts, PipelinePosition.PerTry);
        return new OpenAIClient(new ApiKeyCredential(key), options);
    }

    /// <summary>The whole text of a stream, and its updates.</summary>
    protected async Task<(string Text, List<StreamingChatCompletionUpdate> Updates)> ReadAsync(
        AsyncCollectionResult<StreamingChatCompletionUpdate> stream)
    {
        var text = new StringBuilder();
        var updates = new List<StreamingChatCompletionUpdate>();
        await foreach (var update in stream.WithCancellation(Stop))
        {
            updates.Add(update);
            text.Append(string.Concat(update.ContentUpdate.Select(part => part.Text)));
        }

        return (text.ToString(), updates);
    }

    private sealed class AttemptCounter : PipelinePolicy
    {
        public int Count { get; private set; }

        public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            Count++;
            ProcessNext(message, pipeline, currentIndex);
        }

        public override ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            Count++;
            return ProcessNextAsync(message, pipeline, currentIndex);
        }
    }
}
