using System.CommandLine;
using CleanGateway.Benchmarks;
using CleanGateway.Benchmarks.Availability;
using CleanGateway.Benchmarks.Http;
using CleanGateway.Benchmarks.Load;
using CleanGateway.Benchmarks.Parts;
using CleanGateway.Benchmarks.Servers;
using CleanGateway.Infrastructure.Configuration;

var root = new RootCommand("Measures the gateway, alone and beside others. build/bench.sh runs it.")
{
    PartsCommand(), JournalCommand(), OutageCommand(), HttpCommand(), UpstreamCommand(), YarpCommand(), LoadCommand(), CallersCommand(),
};

// What has been started is stopped before the end, Ctrl-C or not: that takes as long as it takes.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = Timeout.InfiniteTimeSpan });

static Command PartsCommand()
{
    var filter = new Argument<string?>("filter") { Description = "A part of the names of those to measure", Arity = ArgumentArity.ZeroOrOne };
    var command = new Command("parts", "What single parts of a call's way cost.") { filter };
    command.SetAction(parsed => PartsBench.Run(parsed.GetValue(filter)));
    return command;
}

static Command JournalCommand()
{
    var (rate, seconds) = (Number("rate", 500, "Calls a second"), Number("seconds", 20, "How long"));
    var command = new Command("journal", "What a call waits for the journal on disk.") { rate, seconds };
    command.SetAction((parsed, _) => JournalBench.RunAsync(parsed.GetValue(rate), parsed.GetValue(seconds)));
    return command;
}

static Command OutageCommand()
{
    var gateway = new Argument<string>("gateway") { Description = "The program" };
    var (rate, seconds) = (Number("rate", 1000, "Calls a second"), Number("seconds", 60, "How long"));
    var outage = Number("outage", 20, "Seconds without the database");
    var command = new Command("outage", "The gateway under load while its database is gone for a while.") { gateway, rate, seconds, outage };
    command.SetAction((parsed, _) =>
        OutageBench.RunAsync(parsed.GetValue(gateway)!, parsed.GetValue(rate), parsed.GetValue(seconds), parsed.GetValue(outage)));
    return command;
}

static Command HttpCommand()
{
    var gateway = new Argument<string>("gateway") { Description = "The program" };
    var quick = new Option<bool>("--quick") { Description = "Shorter and fewer: for comparing two builds, not for publishing" };
    var only = new Option<string[]>("--only") { Description = $"Whom to measure: {string.Join(", ", PeerSet.Names)}" };
    var scenario = new Option<string[]>("--scenario") { Description = $"What to measure: {string.Join(", ", Scenario.Groups)}" };
    var rounds = new Option<int?>("--rounds") { Description = "How often each is measured" };
    var output = new Option<string>("--output") { Description = "Folder of the JSON file", DefaultValueFactory = _ => "artifacts/bench" };
    var peers = new Option<string?>("--peers") { Description = "Folder with the npm packages of peers" };
    foreach (var list in new[] { only, scenario })
        list.CustomParser = parsed => [.. parsed.Tokens.SelectMany(token => token.Value.Split(','))];

    var command = new Command("http", "Calls through the gateway and through its peers, in turn.")
    {
        gateway, quick, only, scenario, rounds, output, peers,
    };
    command.SetAction((parsed, cancellationToken) => HttpBench.RunAsync(
        new HttpBenchOptions(
            Path.GetFullPath(parsed.GetValue(gateway)!), parsed.GetValue(quick), parsed.GetValue(only) ?? [], parsed.GetValue(scenario) ?? [],
            parsed.GetValue(rounds), Path.GetFullPath(parsed.GetValue(output)!),
            parsed.GetValue(peers) is { } folder ? Path.GetFullPath(folder) : null),
        cancellationToken));
    return command;
}

static Command CallersCommand()
{
    var (gateway, key) = (new Argument<string>("gateway"), new Argument<string>("key"));
    var model = new Option<string>("--model") { Description = "Whom they call", DefaultValueFactory = _ => "echo" };
    var (rate, database) = (Number("rate", 40, "Calls a second"), new Option<string?>("--database") { Description = "URL of the database with the books" });
    var command = new Command("callers", "Callers who go on whatever happens. Lines of the input name what is done to the gateways meanwhile.")
    {
        gateway, key, model, rate, database,
    };
    command.Hidden = true;
    command.SetAction((parsed, cancellationToken) =>
    {
        var books = parsed.GetValue(database) is not { } text ? null
            : DatabaseUrl.TryParse(text, out var url) ? url : throw new ArgumentException($"--database: {DatabaseUrl.WhatIsWrong(text)}");
        var plan = new CallersPlan(new Uri(parsed.GetValue(gateway)!), parsed.GetValue(key)!, parsed.GetValue(model)!, parsed.GetValue(rate), books);
        return new CallersRun(plan, Console.In, Console.Out).RunAsync(cancellationToken);
    });
    return command;
}

static Command UpstreamCommand()
{
    var command = new Command("upstream", "A provider that costs next to nothing. Prints its port; ends with its input.") { Hidden = true };
    command.SetAction((_, cancellationToken) => UpstreamRole.RunAsync(cancellationToken));
    return command;
}

static Command YarpCommand()
{
    var (port, upstream) = (new Argument<int>("port"), new Argument<int>("upstream"));
    var command = new Command("yarp", "YARP's forwarder. Ends with its input.") { port, upstream };
    command.Hidden = true;
    command.SetAction((parsed, cancellationToken) => YarpRole.RunAsync(parsed.GetValue(port), parsed.GetValue(upstream), cancellationToken));
    return command;
}

static Command LoadCommand()
{
    var command = new Command("load", "The load generator: plans in, results out, a line of JSON each.") { Hidden = true };
    command.SetAction((_, cancellationToken) => LoadRole.RunAsync(cancellationToken));
    return command;
}

static Argument<int> Number(string name, int otherwise, string description) =>
    new(name) { Description = description, DefaultValueFactory = _ => otherwise };
