using CleanGateway.Api.CommandLine;

return await GatewayCommandLine.RunAsync(args);
