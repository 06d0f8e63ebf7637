using System.CommandLine;
using System.Globalization;
using CleanGateway.Application.Secrets;
using CleanGateway.Domain.Common;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway secrets …</c></summary>
internal static class SecretCommands
{
    private const int Success = 0;
    private const int Failure = 1;
    private const int UsualWait = 60;
    private const int LongestWait = 3600;

    public static Command Create() => new("secrets", "Look after the master keys that provider credentials are encrypted with.")
    {
        StatusCommand(), RotateCommand(), ForgetCommand(),
    };

    private static Command StatusCommand()
    {
        var json = CommandOutput.JsonOption();
        var status = new Command("status", "Show the master keys, how many credentials each encrypts, and which gateways hold it. Never the keys.") { json };
        status.SetAction(async (parsed, cancellationToken) =>
        {
            var secrets = await CommandMessages.SendAsync(new GetSecrets(), cancellationToken);
            if (parsed.GetValue(json))
            {
                CommandOutput.WriteJson(secrets);
                return Success;
            }

            TextTable.Write(
                Console.Out, ["key", "state", "since", "gateways", "version", "credentials"],
                secrets.MasterKeys.Select(key => Cells(key, secrets.Gateways)), texts: 4);
            if (secrets.PlainCredentials > 0)
                Console.WriteLine($"{secrets.PlainCredentials} credentials wait in plain text for a gateway to encrypt them");
            foreach (var gateway in secrets.Gateways)
                Console.WriteLine($"gateway {gateway.Id} holds {(gateway.MasterKeys is { } held ? string.Join(", ", held) : "what it does not say")}");
            return Success;
        });
        return status;
    }

    private static Command RotateCommand()
    {
        var json = CommandOutput.JsonOption();
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would be done, and change nothing" };
        var wait = new Option<int>("--wait")
        {
            Description = $"Seconds that running gateways have to take the new key; {UsualWait} if it is not given",
            DefaultValueFactory = _ => UsualWait,
        };
        wait.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<int>() is < 0 or > LongestWait)
                given.AddError($"--wait is {given.GetValueOrDefault<int>()}: expected seconds from 0 to {LongestWait}");
        });
        var rotate = new Command(
            "rotate", "Encrypt all credentials with a new master key while the gateways go on. Goes on where an earlier one was interrupted.") { dryRun, wait, json };
        rotate.SetAction(async (parsed, cancellationToken) =>
        {
            var rotation = await CommandMessages.SendAsync(
                new RotateSecrets(TimeSpan.FromSeconds(parsed.GetValue(wait)), parsed.GetValue(dryRun)), cancellationToken, withMasterKey: true);
            if (parsed.GetValue(json))
                CommandOutput.WriteJson(rotation);
            else
                Print(rotation);

            return rotation.State is RotationState.Complete or RotationState.Planned ? Success : Failure;
        });
        return rotate;
    }

    private static Command ForgetCommand()
    {
        var id = new Argument<string>("id") { Description = "The key's id, as the status shows it" };
        var yes = new Option<bool>("--yes") { Description = "Really do it; without it only what would be lost is shown" };
        var forget = new Command("forget", "Give up a master key that is lost, and the credentials that only it opens: they have to be entered again.") { id, yes };
        forget.SetAction(async (parsed, cancellationToken) =>
        {
            var forgotten = await CommandMessages.SendAsync(new ForgetMasterKey(parsed.GetRequiredValue(id), parsed.GetValue(yes)), cancellationToken);
            foreach (var provider in forgotten.Providers)
                Console.WriteLine(StorableText.Safe(provider));

            var which = $"{forgotten.Providers.Count} providers";
            Console.WriteLine(forgotten.IsDone
                ? $"{forgotten.Id} is forgotten; {which} have no credentials now: enter them again"
                : $"{which} would lose their credentials; nothing was changed. Add --yes to give up {forgotten.Id}");
            return forgotten.IsDone ? Success : Failure;
        });
        return forget;
    }

    private static void Print(Rotation rotation)
    {
        foreach (var unreadable in rotation.Unreadable)
            Console.Error.WriteLine($"{StorableText.Safe(unreadable.Provider)}: {StorableText.Safe(unreadable.Reason)}");
        foreach (var gateway in rotation.Waiting)
            Console.Error.WriteLine($"gateway {gateway} does not {(rotation.State == RotationState.Planned ? "hold" : "use")} {rotation.Key}");

        Console.WriteLine(rotation.State switch
        {
            RotationState.Planned => $"{rotation.Credentials} credentials would be put under {rotation.Key ?? "a new key"}; nothing was changed",
            RotationState.WaitingForGateways => $"{rotation.Waiting.Count} gateways do not use {rotation.Key}: give it to them, and run this again",
            RotationState.Incomplete =>
                $"{rotation.Credentials} credentials are under {rotation.Key} now; others are not: enter those that cannot be read again, and run this again",
            _ => $"{rotation.Credentials} credentials are under {rotation.Key} now; that is all of them",
        });
        if (rotation.Retired.Count > 0)
            Console.WriteLine($"Not needed any more, and may be removed from where the keys are kept: {string.Join(", ", rotation.Retired)}");
    }

    private static IReadOnlyList<string> Cells(MasterKeyItem key, IReadOnlyList<GatewayKeys> gateways)
    {
        var since = key.RetiredAt ?? key.ActiveAt ?? key.CreatedAt;
        var holding = gateways.Count(gateway => gateway.MasterKeys?.Contains(key.Id) == true);
        return
        [
            StorableText.Safe(key.Id), key.State.ToSnakeCase(), since?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "-",
            $"{holding} of {gateways.Count}", key.Version?.ToString(CultureInfo.InvariantCulture) ?? "-",
            key.Credentials.ToString(CultureInfo.InvariantCulture),
        ];
    }
}
