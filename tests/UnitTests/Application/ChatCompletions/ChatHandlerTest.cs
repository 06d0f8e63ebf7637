using CleanGateway.Application.Admission;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Models;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Application.Telemetry;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using NSubstitute;

namespace CleanGateway.UnitTests.Application.ChatCompletions;

/// <summary>The handler of chats between a configuration, a provider and a journal.</summary>
public abstract class ChatHandlerTest
{
    private protected static readonly byte[] AnswerJson = """{"id":"c1","choices":[{"index":0,"message":{"content":"Hello"}}]}"""u8.ToArray();

    protected ChatHandlerTest()
    {
        Serve("gpt-4");
        ProviderAnswers(new InferenceOutcome.Completed(AnswerJson, UsageReport.Of(new TokenUsage(9, 3)), "gpt-4-0613"));
    }

    private protected Books Books { get; } = new();
    private protected IAdmission Admission { get; } = Substitute.For<IAdmission>();
    private protected IInferenceProvider Provider { get; } = Substitute.For<IInferenceProvider>();
    private protected IGatewaySnapshots Snapshots { get; } = Substitute.For<IGatewaySnapshots>();

    private protected int Sent => Provider.ReceivedCalls().Count();

    private protected int LookedAgain =>
        Snapshots.ReceivedCalls().Count(call => call.GetMethodInfo().Name == nameof(IGatewaySnapshots.LookAgainAsync));

    private protected Task<InferenceOutcome> HandleAsync(ChatRequest? chat = null, ClientCall? call = null, CancellationTokenSource? caller = null) =>
        new CreateChatCompletionHandler(new InferenceCalls(Snapshots, Admission, Books.Recorder, Books.Metrics, Books.GenAi, Substitute.For<IContentCapture>(), Books.Shutdown, Books.Clock))
            .Handle(new CreateChatCompletion(chat ?? Books.Chat(), call ?? Books.Call()), caller?.Token ?? CancellationToken.None);

    private protected void Serve(string model) => Snapshots.Current.Returns(Snapshot(model));

    private protected void ProviderAnswers(InferenceOutcome outcome) =>
        Provider.SendAsync(default!, default!, CancellationToken.None).ReturnsForAnyArgs(outcome);

    private protected void LookingAgainFinds(GatewaySnapshot snapshot) =>
        Snapshots.LookAgainAsync("", CancellationToken.None).ReturnsForAnyArgs(snapshot);

    private protected GatewaySnapshot Snapshot(string model, string mode = "chat")
    {
        var id = new ProviderId(Guid.CreateVersion7(Books.Clock.GetUtcNow()));
        var destination = new Destination(id, "openai-main", model, new Price(0.00003m, 0.00006m));
        return new GatewaySnapshot(1, [new ServedModel(model, "openai", DateTimeOffset.UnixEpoch, mode, new InferenceTarget(destination, model, Provider))]);
    }
}
