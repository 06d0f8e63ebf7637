using System.CommandLine;
using CleanGateway.Application.AdminTokens;
using CleanGateway.Application.Common;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Infrastructure.Configuration;
using MediatR;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway tokens …</c></summary>
internal static class TokenCommands
{
    private const int Success = 0;

    private static readonly string[] Header = ["id", "name", "hint", "role", "enabled", "expires_at", "created_at"];

    public static Command Create() => new("tokens", "Look after admin tokens, which open the admin API.") { ListCommand(), IssueCommand(), RevokeCommand() };

    private static Command ListCommand()
    {
        var json = CommandOutput.JsonOption();
        var list = new Command("list", "Show the admin tokens, those that were revoked too.") { json };
        list.SetAction(async (parsed, cancellationToken) =>
        {
            var tokens = await CommandMessages.SendAsync(
                (mediator, cancelled) => mediator.AllAsync(page => new ListAdminTokens(page), cancelled), cancellationToken);
            CommandOutput.WriteList(tokens, parsed.GetValue(json), Header, Cells, Header.Length);
            return Success;
        });
        return list;
    }

    private static Command IssueCommand()
    {
        var name = new Argument<string>("name") { Description = "Whom the token is for" };
        var role = new Option<AdminRole?>("--role")
        {
            HelpName = "role",
            Description = $"What it may do: one of {AdminRoles.Names}, each more than the one before",
            Required = true,
            CustomParser = result =>
            {
                var given = result.Tokens.Single().Value;
                if (AdminRoles.TryParse(given, out var known))
                    return known;

                result.AddError($"--role is '{given}': expected one of {AdminRoles.Names}");
                return null;
            },
        };
        var expires = new Option<string?>("--expires") { Description = "When it stops working, for example 2027-01-31T00:00:00Z. Without: never" };
        var json = CommandOutput.JsonOption();
        var issue = new Command("issue", "Make an admin token and print it, this once.") { name, role, expires, json };
        issue.SetAction(async (parsed, cancellationToken) =>
        {
            var command = new IssueAdminToken(
                parsed.GetRequiredValue(name), parsed.GetValue(role), CommandMoments.Read("--expires", parsed.GetValue(expires)));
            var token = await CommandMessages.SendAsync(command, cancellationToken);
            if (parsed.GetValue(json))
                CommandOutput.WriteJson(token);
            else
                Console.WriteLine(token.Secret);
            return Success;
        });
        return issue;
    }

    private static Command RevokeCommand()
    {
        var name = new Argument<string>("token") { Description = "The token's name, or its id" };
        var revoke = new Command("revoke", "End an admin token for good.") { name };
        revoke.SetAction(async (parsed, cancellationToken) =>
        {
            await CommandMessages.SendAsync(
                async (mediator, cancelled) => await mediator.Send(
                    new RevokeAdminToken(await FindAsync(mediator, parsed.GetRequiredValue(name), cancelled), Precondition.Any), cancelled),
                cancellationToken);
            return Success;
        });
        return revoke;
    }

    // A name may be given again once the token that had it is revoked: it means the one that is not.
    private static async Task<Guid> FindAsync(IMediator mediator, string nameOrId, CancellationToken cancellationToken)
    {
        if (Guid.TryParse(nameOrId, out var id))
            return id;

        var named = (await mediator.AllAsync(page => new ListAdminTokens(page), cancellationToken)).Where(token => token.Name == nameOrId).ToList();
        var enabled = named.Where(token => token.Enabled).ToList();
        return (enabled.Count > 0 ? enabled : named) switch
        {
            [var token] => token.Id,
            [] => throw new StartException($"There is no admin token '{nameOrId}': `cleangateway tokens list` shows those there are"),
            var several => throw new StartException(
                $"{several.Count} admin tokens are called '{nameOrId}'; say which by its id: {string.Join(", ", several.Select(token => token.Id))}"),
        };
    }

    private static IReadOnlyList<string> Cells(AdminTokenItem token) =>
    [
        token.Id.ToString(), token.Name, token.TokenHint ?? "-", token.Role.Name(), token.Enabled ? "yes" : "no",
        CommandMoments.TextOrNever(token.ExpiresAt), CommandMoments.Text(token.CreatedAt),
    ];
}
