using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Security;
using MediatR;

namespace CleanGateway.Api.CommandLine;

/// <summary>Has a message handled by the parts of the gateway, which itself does not run, on the database in use.</summary>
internal static class CommandMessages
{
    /// <exception cref="StartException">It was refused; the message has a line for each reason.</exception>
    public static async Task<TResult> SendAsync<TResult>(IMessage<TResult> message, CancellationToken cancellationToken)
    {
        var settings = CommandSettings.Read();
        await using var database = await CommandDatabase.OpenAsync(settings, cancellationToken);

        // API keys are hashed, not sealed, so no command needs the master key. Standard output is for what was asked
        // for alone: scripts take it from there.
        await using var app = GatewayApp.Build(settings, database.Url, MasterKey.Ephemeral(), LogLevel.None);
        await using var scope = app.Services.CreateAsyncScope();
        try
        {
            return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(message, cancellationToken);
        }
        catch (GatewayException refused)
        {
            var reasons = refused.Error.Others.Prepend(refused.Error).Select(error => error.Message);
            throw new StartException(string.Join(Environment.NewLine, reasons), refused);
        }
    }
}
