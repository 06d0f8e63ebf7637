using CleanGateway.Application.Inference;
using CleanGateway.Application;
using CleanGateway.Application.ApiKeys;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Common;
using CleanGateway.Application.Models;
using CleanGateway.Application.Projects;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.Common;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;

namespace CleanGateway.UnitTests.Application;

/// <summary>What the container puts around a message's handler.</summary>
public sealed class PipelineTests : IDisposable
{
    private readonly IApiKeyRepository keys = Substitute.For<IApiKeyRepository>();
    private readonly ServiceProvider services;

    public PipelineTests() => services = new ServiceCollection()
        .AddApplication()
        .AddLogging()
        .AddMetrics()
        .AddSingleton<TimeProvider>(new ManualClock(DateTimeOffset.UnixEpoch))
        .AddSingleton(Substitute.For<IExchangeJournal>())
        .AddSingleton(Substitute.For<IUnitOfWork>())
        .AddSingleton(Substitute.For<IIdempotencyKeys>())
        .AddSingleton(keys)
        .BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true });

    [Fact]
    public void A_chat_is_only_logged_because_it_checks_and_records_itself() =>
        Around<CreateChatCompletion, InferenceOutcome>().Should().Equal(typeof(LoggingBehaviour<,>));

    [Fact]
    public void A_command_is_logged_named_and_validated() => Around<ImportModels, ModelImport>().Should().Equal(
        typeof(LoggingBehaviour<,>), typeof(OperationBehaviour<,>), typeof(ValidationBehaviour<,>));

    [Fact]
    public void One_that_makes_something_is_done_once_for_each_idempotency_key() => Around<CreateProject, ProjectItem>().Should().Equal(
        typeof(LoggingBehaviour<,>), typeof(OperationBehaviour<,>), typeof(ValidationBehaviour<,>), typeof(IdempotencyBehaviour<,>));

    [Fact]
    public void A_call_answered_from_what_is_known_is_recorded_around_its_validation() =>
        Around<ListModels, IReadOnlyList<ModelItem>>().Should()
            .Equal(typeof(LoggingBehaviour<,>), typeof(RecordingBehaviour<,>), typeof(ValidationBehaviour<,>));

    [Fact]
    public void A_refusal_is_recorded_by_its_own_handler_and_not_twice() =>
        Around<RecordRefusal, GatewayError>().Should().NotContain(typeof(RecordingBehaviour<,>));

    [Fact]
    public async Task A_command_that_is_wrong_never_reaches_its_handler()
    {
        using var scope = services.CreateScope();

        var send = () => scope.ServiceProvider.GetRequiredService<IMediator>().Send(new IssueApiKey(""), TestContext.Current.CancellationToken);

        (await send.Should().ThrowAsync<GatewayException>()).Which.Error.Param.Should().Be("name");
        keys.ReceivedCalls().Should().BeEmpty();
    }

    public void Dispose() => services.Dispose();

    private List<Type> Around<TRequest, TResponse>() where TRequest : IRequest<TResponse>
    {
        using var scope = services.CreateScope();
        return scope.ServiceProvider.GetServices<IPipelineBehavior<TRequest, TResponse>>()
            .Select(behaviour => behaviour.GetType().GetGenericTypeDefinition())
            .ToList();
    }
}
