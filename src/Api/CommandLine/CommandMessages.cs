using CleanGateway.Application.Common;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Security;
using MediatR;

namespace CleanGateway.Api.CommandLine;

/// <summary>Has a message handled by the parts of the gateway, which itself does not run, on the database in use.</summary>
internal static class CommandMessages
{
    /// <param name="withMasterKey">The message seals or opens credentials. All others do without the key.</param>
    /// <exception cref="StartException">It was refused; the message has a line for each reason.</exception>
    public static Task<TResult> SendAsync<TResult>(IMessage<TResult> message, CancellationToken cancellationToken, bool withMasterKey = false) =>
        SendAsync((mediator, cancelled) => mediator.Send(message, cancelled), cancellationToken, withMasterKey);

    /// <summary>Several messages, one after the other, for example to find by its name what the second one is about.</summary>
    /// <inheritdoc cref="SendAsync{TResult}(IMessage{TResult}, CancellationToken, bool)"/>
    public static async Task<TResult> SendAsync<TResult>(
        Func<IMediator, CancellationToken, Task<TResult>> work, CancellationToken cancellationToken, bool withMasterKey = false)
    {
        var settings = CommandSettings.Read();
        await using var database = await CommandDatabase.OpenAsync(settings, cancellationToken);

        // Standard output is for what was asked for alone: scripts take it from there.
        var masterKeys = withMasterKey ? await MasterKeys.LoadAsync(settings, cancellationToken) : MasterKeys.None();
        await using var app = GatewayApp.Build(settings, database.Url, masterKeys, LogLevel.None);
        if (withMasterKey)
            await app.Services.PrepareMasterKeysAsync(cancellationToken);

        await using var scope = app.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Operation>().Actor = new Actor(ActorKind.CommandLine, null, Environment.UserName, AdminRole.Owner);
        try
        {
            return await work(scope.ServiceProvider.GetRequiredService<IMediator>(), cancellationToken);
        }
        catch (GatewayException refused)
        {
            var reasons = refused.Error.Others.Prepend(refused.Error).Select(error => error.Message);
            throw new StartException(string.Join(Environment.NewLine, reasons), refused);
        }
    }

    /// <summary>All items of a list, page by page.</summary>
    public static async Task<IReadOnlyList<T>> AllAsync<T>(
        this IMediator mediator, Func<PageRequest, IQuery<Page<T>>> list, CancellationToken cancellationToken)
    {
        var all = new List<T>();
        for (var asked = new PageRequest(PageRequest.MaxLimit); ;)
        {
            var page = await mediator.Send(list(asked), cancellationToken);
            all.AddRange(page.Data);
            if (page.NextCursor is null)
                return all;

            asked = asked with { Cursor = page.NextCursor };
        }
    }
}
